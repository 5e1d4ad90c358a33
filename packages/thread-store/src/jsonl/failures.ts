import { CancelledError, describeError, OctavoError } from '@octavo/base'
import type { AbsolutePath } from '@octavo/base'
import { StoreError } from '@octavo/extension-api'

/** A write to something that exists, or existed. What is already the store's error, or a cancellation, is thrown on. */
export function unwritable(path: AbsolutePath, cause: unknown): StoreError {
  throwOwn(cause)
  return new StoreError('unwritable', `cannot write ${path}: ${describeError(cause)}`, { data: { path }, cause })
}

/** As {@link unwritable}, for the first thing a thread leaves on disk: here a person can still choose to keep nothing. */
export function cannotCreate(path: AbsolutePath, cause: unknown): StoreError {
  throwOwn(cause)
  const message = `cannot create ${path}: ${describeError(cause)}; make room or give access there, or run with --ephemeral to keep nothing on disk`
  return new StoreError('unwritable', message, { data: { path }, cause })
}

/** A file that is there and cannot be used, because of the disk or because of what is in it. */
export function unreadable(path: AbsolutePath, cause: unknown): StoreError {
  throwOwn(cause)
  const reason = typeof cause === 'string' ? cause : describeError(cause)
  return new StoreError('unreadable', `cannot read ${path}: ${reason}`, { data: { path }, ...(typeof cause === 'string' ? {} : { cause }) })
}

function throwOwn(cause: unknown): void {
  if (OctavoError.is(cause) || CancelledError.is(cause)) throw cause
}
