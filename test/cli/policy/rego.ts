import { join } from 'node:path';
import type { Test } from 'tap';
import { checkPolicy } from '../../../plugin/cli/policy/check.ts';
import type { Finding } from '../../../plugin/cli/policy/finding.ts';
import { openOpa } from '../../../plugin/cli/policy/opa.ts';

export { withoutOpa } from '../../policy/rego.ts';

/** A policy of these rules in package `envoy.authz`, as a folder. */
export function folderOf(t: Test, rules: string): string {
  return t.testdir({ 'authz.rego': `package envoy.authz\n\n${rules}\n` });
}

/** What check finds in these rules, as `line check message`; line 1 is their first. */
export async function found(t: Test, rules: string, path: string | null = 'envoy/authz/allow'): Promise<string[]> {
  const folder = folderOf(t, rules);
  const findings = await checkPolicy({ sources: [folder], path, opa: openOpa(undefined) });
  return findings.map(({ file, line, check, message }: Finding) => {
    if (check !== 'load' && file !== join(folder, 'authz.rego')) throw new Error(`found in ${file}`);
    return `${line - 2} ${check} ${message}`;
  });
}
