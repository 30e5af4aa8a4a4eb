import type { ErrorEnvelope } from './types';

/** Codes of errors that no server wrote: it did not answer, or it answered in another language. */
export const UNREACHABLE = 'unreachable';
export const NOT_INSTALLED = 'not_installed';
export const UNEXPECTED = 'unexpected_answer';

/** What went wrong, as the server's one envelope says it. */
export class ApiError extends Error {
  readonly code: string;
  readonly where: string | null;
  readonly remedy: string;
  readonly status: number;

  constructor(envelope: Omit<ErrorEnvelope, 'exit_code'>, status: number) {
    super(envelope.message);
    this.name = 'ApiError';
    this.code = envelope.code;
    this.where = envelope.where;
    this.remedy = envelope.remedy;
    this.status = status;
  }

  /** The error that a request ended with when nothing came back. */
  static unreachable(cause: unknown): ApiError {
    const message = cause instanceof Error ? cause.message : String(cause);
    return new ApiError({ code: UNREACHABLE, message, where: null, remedy: '' }, 0);
  }

  /** The error in a body; a body that is none of ours still becomes one. */
  static from(body: unknown, status: number): ApiError {
    if (isEnvelope(body)) {
      return new ApiError(body.error, status);
    }
    const code = status === 404 ? NOT_INSTALLED : UNEXPECTED;
    return new ApiError({ code, message: '', where: null, remedy: '' }, status);
  }
}

/** Whether `error` says that whoever asked no longer wants the answer. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Any thrown thing as an `ApiError`. */
export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : ApiError.unreachable(error);
}

function isEnvelope(body: unknown): body is { error: ErrorEnvelope } {
  if (typeof body !== 'object' || body === null || !('error' in body)) {
    return false;
  }
  const { error } = body;
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'string' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
