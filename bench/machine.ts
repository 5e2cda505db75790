import { statfsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';

/** File systems by the magic number of statfs(2): what "durable" cost depends on them. */
const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs (nothing is durable there)',
  2035054128: 'overlayfs',
};

/** Where this runs, in one line: processors, Node, and the file system that audit logs of the benches are on. */
export function machineOf(): string {
  const processors = cpus();
  const { type } = statfsSync(tmpdir());
  const disk = fileSystems[type] ?? `file system 0x${type.toString(16)}`;
  return `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}, ${process.platform}, node ${process.versions.node}, ${disk}`;
}
