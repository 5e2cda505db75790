import { errorCode, maxWindow, setting } from './frames.ts';

/** What the peer allows us: RFC 9113 section 6.5.2. We never push, and our encoder has no table. */
export interface PeerSettings {
  readonly initialWindow: number;
  readonly maxFrame: number;
}

/** In force until the peer says otherwise. */
export const peerDefaults: PeerSettings = { initialWindow: 65_535, maxFrame: 16_384 };

interface Rule {
  readonly min: number;
  readonly max: number;
  readonly error: number;
  readonly name?: keyof PeerSettings;
}

const rules: Readonly<Record<number, Rule>> = {
  [setting.enablePush]: { min: 0, max: 1, error: errorCode.protocol },
  [setting.initialWindowSize]: { min: 0, max: maxWindow, error: errorCode.flowControl, name: 'initialWindow' },
  [setting.maxFrameSize]: { min: 16_384, max: 2 ** 24 - 1, error: errorCode.protocol, name: 'maxFrame' },
};

/** The settings after a SETTINGS frame's payload, or the error code of what is wrong with it. Unknown ones are ignored. */
export function applySettings(before: PeerSettings, payload: Buffer): PeerSettings | number {
  if (payload.length % 6 !== 0) return errorCode.frameSize;
  let settings = before;
  for (let at = 0; at < payload.length; at += 6) {
    const rule = rules[payload.readUInt16BE(at)];
    const value = payload.readUInt32BE(at + 2);
    if (rule === undefined) continue;
    if (value < rule.min || value > rule.max) return rule.error;
    if (rule.name !== undefined) settings = { ...settings, [rule.name]: value };
  }
  return settings;
}
