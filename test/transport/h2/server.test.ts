import t from 'tap';
import { h2Transport } from '../../../plugin/transport/h2/server.ts';
import { transportContract } from '../../contract/transport.ts';

transportContract(t, () => h2Transport());
