import t from 'tap';
import { nodeTransport } from '../../plugin/transport/node.ts';
import { transportContract } from '../contract/transport.ts';

transportContract(t, () => nodeTransport());
