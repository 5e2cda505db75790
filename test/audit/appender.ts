/** A process that appends to a log until it is killed, and prints each sequence number once it is acknowledged. */
import { openLog } from '../../plugin/audit/log.ts';
import { event, partsWithOpenings } from './parts.ts';

const log = await openLog(await partsWithOpenings(process.argv[2] ?? ''));

async function appendForever(worker: number): Promise<void> {
  for (let count = 0; ; count += 1) {
    const { seq, digest } = await log.append({
      ...event(count),
      committed: { body: Buffer.from(`${worker}/${count}`) },
    });
    // Writes to a pipe are synchronous: what was acknowledged is known even when the next instruction never runs.
    process.stdout.write(`${seq} ${digest}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => appendForever(worker)));
