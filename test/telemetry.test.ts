import t from 'tap';
import { openTelemetry } from '../plugin/telemetry.ts';

t.test('what happened is scraped by verdict, outcome and code', async (t) => {
  const telemetry = openTelemetry('silent');
  telemetry.admitted('allow', 0.0002);
  telemetry.admitted('deny', 0.0002);
  telemetry.released('complete', 0.003, 512);
  telemetry.masked(7);
  telemetry.failed('mask_impossible');
  telemetry.gauge('countersign_holds_pending', 'Holds that wait', () => 3);
  const text = await telemetry.metrics();
  t.match(text, 'countersign_decisions_total{verdict="allow"} 1');
  t.match(text, 'countersign_responses_total{outcome="complete"} 1');
  t.match(text, 'countersign_response_bytes_total 512');
  t.match(text, 'countersign_masked_values_total 7');
  t.match(text, 'countersign_failures_total{code="mask_impossible"} 1');
  t.match(text, 'countersign_holds_pending 3');
  t.match(text, /countersign_admit_seconds_bucket\{le="0.00025"\} 2/);
});
