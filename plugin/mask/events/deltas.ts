import type { Json, JsonObject } from '../../request.ts';
import type { Step } from '../path.ts';

/** A piece of a text that comes over several events. */
export interface Delta {
  /** Where it stands in the event's data. */
  readonly way: readonly (string | number)[];
  /** The text that it belongs to: one of a choice's, or of a content block's. */
  readonly channel: string;
}

/** What an event's data says of texts that come in pieces. */
export interface DeltaEvent {
  readonly deltas: readonly Delta[];
  /** What the names of texts begin with that end here. */
  readonly ends: readonly string[];
}

const nothing: DeltaEvent = { deltas: [], ends: [] };

/** The pieces in one event's data, in the shapes of OpenAI's APIs and of Anthropic's; nothing in any other. */
export function deltasOf(data: Json): DeltaEvent {
  if (!isObject(data)) return nothing;
  if (Array.isArray(data.choices)) return choicesOf(data.choices);
  if (typeof data.type !== 'string') return nothing;
  if (data.type === 'content_block_delta' && isObject(data.delta)) return blockOf(data.delta, `block ${data.index}/`);
  if (data.type === 'content_block_stop') return { deltas: [], ends: [`block ${data.index}/`] };
  if (data.type === 'message_stop') return { deltas: [], ends: ['block '] };
  return partOf(data, data.type);
}

/** Members of OpenAI's `delta` that hold text: chat completions, and what its imitators add. */
const chatTexts = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const;

/** https://platform.openai.com/docs/api-reference/chat-streaming, and its older text completions. */
function choicesOf(choices: readonly Json[]): DeltaEvent {
  const deltas: Delta[] = [];
  const ends: string[] = [];
  for (const [at, choice] of choices.entries()) {
    if (!isObject(choice)) continue;
    const channel = `choice ${choice.index ?? at}/`;
    const way = ['choices', at];
    if (typeof choice.text === 'string') deltas.push({ way: [...way, 'text'], channel: `${channel}text` });
    if (isObject(choice.delta)) deltas.push(...chatOf(choice.delta, [...way, 'delta'], channel));
    if (choice.finish_reason !== null && choice.finish_reason !== undefined) ends.push(channel);
  }
  return { deltas, ends };
}

function chatOf(delta: JsonObject, way: readonly (string | number)[], channel: string): Delta[] {
  const texts = chatTexts
    .filter((name) => typeof delta[name] === 'string')
    .map((name) => ({ way: [...way, name], channel: channel + name }));
  const calls = Array.isArray(delta.tool_calls) ? delta.tool_calls : [];
  const ofCalls = calls.flatMap((call: Json, at: number) => {
    if (!isObject(call) || !isObject(call.function) || typeof call.function.arguments !== 'string') return [];
    return [
      { way: [...way, 'tool_calls', at, 'function', 'arguments'], channel: `${channel}call ${call.index ?? at}` },
    ];
  });
  if (!isObject(delta.function_call) || typeof delta.function_call.arguments !== 'string')
    return [...texts, ...ofCalls];
  return [...texts, ...ofCalls, { way: [...way, 'function_call', 'arguments'], channel: `${channel}call` }];
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function blockOf(delta: JsonObject, channel: string): DeltaEvent {
  const names = ['text', 'thinking', 'partial_json'].filter((name) => typeof delta[name] === 'string');
  return { deltas: names.map((name) => ({ way: ['delta', name], channel: channel + name })), ends: [] };
}

/** https://platform.openai.com/docs/api-reference/responses-streaming: `response.output_text.delta` and its kin. */
function partOf(data: JsonObject, type: string): DeltaEvent {
  const kind = /^(.+)\.(?:delta|done)$/.exec(type)?.[1];
  if (kind === undefined)
    return /^response\.(?:completed|incomplete|failed)$/.test(type) ? { deltas: [], ends: ['part '] } : nothing;
  const channel = `part ${JSON.stringify([kind, data.item_id, data.output_index, data.content_index, data.summary_index])}`;
  if (type.endsWith('.done')) return { deltas: [], ends: [channel] };
  return typeof data.delta === 'string' ? { deltas: [{ way: ['delta'], channel }], ends: [] } : nothing;
}

/** The same way, as a plan says it. */
export function stepsOf(way: Delta['way']): readonly Step[] {
  return way.map((step) => ({ select: typeof step === 'string' ? { name: step } : { index: step }, deep: false }));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
