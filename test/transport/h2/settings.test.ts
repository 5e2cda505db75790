import t from 'tap';
import { errorCode, setting, settingsFrame } from '../../../plugin/transport/h2/frames.ts';
import { applySettings, peerDefaults } from '../../../plugin/transport/h2/settings.ts';

const payload = (...pairs: (readonly [number, number])[]) => settingsFrame(pairs).subarray(9);

t.test('what the peer says is in force, in its order', (t) => {
  const pairs = [
    [setting.initialWindowSize, 10],
    [setting.initialWindowSize, 20],
    [setting.maxFrameSize, 20_000],
    [setting.headerTableSize, 0],
    [setting.enablePush, 0],
    [99, 1],
  ] as const;
  t.same(applySettings(peerDefaults, payload(...pairs)), { initialWindow: 20, maxFrame: 20_000 });
  t.same(applySettings(peerDefaults, payload()), peerDefaults);
  t.end();
});

t.test('what may not be is an error with its code', (t) => {
  for (const [pair, code] of [
    [[setting.enablePush, 2], errorCode.protocol],
    [[setting.initialWindowSize, 2 ** 31], errorCode.flowControl],
    [[setting.maxFrameSize, 16_383], errorCode.protocol],
    [[setting.maxFrameSize, 2 ** 24], errorCode.protocol],
  ] as const)
    t.equal(applySettings(peerDefaults, payload(pair)), code);
  t.equal(applySettings(peerDefaults, Buffer.alloc(7)), errorCode.frameSize);
  t.end();
});
