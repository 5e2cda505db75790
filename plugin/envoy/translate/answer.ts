import type { Allow, Answer, Deny } from '../../exchange.ts';
import { wire } from '../wire/wire.js';
import { addOption, bufferOf, setOptions, textValue } from './headers.ts';
import { jsonToStruct } from './struct.ts';

/**
 * A CheckResponse that says what `answer` says. To Envoy an empty CheckResponse is an allow, and so is status OK with a
 * `denied_response`: a status and exactly one arm are always set, and they always agree.
 */
export function writeCheckResponse(answer: Answer): Buffer {
  const arm = answer.kind === 'allow' ? allowArm(answer) : denyArm(answer);
  const dynamicMetadata = jsonToStruct(answer.metadata);
  return bufferOf(wire.CheckResponse.encode({ ...arm, dynamicMetadata }).finish());
}

const permissionDenied = 7;

function allowArm(answer: Allow): wire.CheckResponse.$Properties {
  return {
    status: { code: 0 },
    okResponse: {
      headers: setOptions(answer.headersToSet, textValue),
      headersToRemove: [...answer.headersToRemove],
      responseHeadersToAdd: answer.responseHeadersToAdd.map(([name, value]) => addOption(textValue(name, value))),
      queryParametersToSet: answer.queryToSet.map(([key, value]) => ({ key, value })),
      queryParametersToRemove: [...answer.queryToRemove],
    },
  };
}

function denyArm(answer: Deny): wire.CheckResponse.$Properties {
  return {
    status: { code: permissionDenied },
    deniedResponse: {
      status: { code: sendable(answer.httpStatus) },
      // No option: each line is sent, and one of Envoy's own (content-type) is replaced. On a denial Envoy 1.40 drops
      // a header that says `append`.
      headers: answer.headers.map(([name, value]) => ({ header: textValue(name, value) })),
      body: answer.body,
    },
  };
}

/** Envoy sends what it gets: a status that no HTTP response can have becomes 403. */
function sendable(status: number): number {
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 403;
}
