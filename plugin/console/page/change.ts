import { nameOf } from './people.ts';
import type { View } from './wire.ts';

/** What is different between a hold as it was on the screen and as it is: sentences, the most important first. */
export function changesOf(shown: View, now: View): readonly string[] {
  const said: string[] = [];
  if (now.digest !== shown.digest) said.push('The request itself is another one.');
  if (now.state !== shown.state) said.push(`It is now ${now.state}${whoClosed(now)}.`);
  const known = new Set(shown.approvals.map(key));
  const still = new Set(now.approvals.map(key));
  for (const approval of now.approvals)
    if (!known.has(key(approval))) said.push(`${nameOf(approval.approver)} approved it for ${approval.group}.`);
  if (now.state === 'pending' || now.state === 'approved')
    for (const approval of shown.approvals)
      if (!still.has(key(approval))) said.push(`${nameOf(approval.approver)} took their approval back.`);
  if (now.barred !== shown.barred && now.barred !== null && now.state === 'pending')
    said.push(`${sentence(now.barred)}.`);
  if (now.grant !== null && shown.grant !== null && now.grant.used !== shown.grant.used)
    said.push(`It was used ${now.grant.used - shown.grant.used} more times.`);
  if (said.length === 0 && now.version !== shown.version)
    said.push(`It went from version ${shown.version} to ${now.version}.`);
  return said;
}

function whoClosed({ state, rejection }: View): string {
  if (state !== 'rejected' || rejection === null) return '';
  return ` by ${nameOf(rejection.approver)}: ${rejection.reason}`;
}

function key({ approver, at }: View['approvals'][number]): string {
  return JSON.stringify([approver.issuer, approver.id, at]);
}

/** With a capital. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
