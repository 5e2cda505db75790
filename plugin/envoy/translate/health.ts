import { CountersignError } from '../../errors.ts';
import { wire } from '../wire/wire.js';
import { bufferOf } from './headers.ts';

const servingStatus = {
  serving: wire.HealthCheckResponse.ServingStatus.SERVING,
  not_serving: wire.HealthCheckResponse.ServingStatus.NOT_SERVING,
  service_unknown: wire.HealthCheckResponse.ServingStatus.SERVICE_UNKNOWN,
};

/** The name of the service that a `grpc.health.v1.HealthCheckRequest` asks after; '' is the whole server. */
export function readHealthCheck(bytes: Buffer): string {
  try {
    return wire.HealthCheckRequest.decode(bytes).service ?? '';
  } catch (cause) {
    const message = `expected a grpc.health.v1.HealthCheckRequest, got ${bytes.length} bytes that are none`;
    throw new CountersignError('check_malformed', message, { cause });
  }
}

/** A `grpc.health.v1.HealthCheckResponse`. */
export function writeHealthCheck(status: keyof typeof servingStatus): Buffer {
  return bufferOf(wire.HealthCheckResponse.encode({ status: servingStatus[status] }).finish());
}
