export { Broadcast, type SubscribeOptions } from './broadcast.ts'
export { toDataUrl } from './bytes/data-url.ts'
export { LineSplitter, splitUtf8, Utf8Decoder } from './bytes/lines.ts'
export { type HeadTail, HeadTailBuffer } from './bytes/ring.ts'
export { anySignal, CancelledError, cancelReasonOf, type CancelReason, raceSignal, throwIfCancelled } from './cancel.ts'
export { type Clock, systemClock } from './clock.ts'
export { Deferred } from './deferred.ts'
export { describeError, OctavoError, type OctavoErrorOptions, UsageError } from './error.ts'
export { type Brand, canonicalUuid, isUuid, type Random, systemRandom, uuidV5, uuidV7 } from './ids.ts'
export {
  deepFreeze,
  diffPatch,
  isRecord,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  mergePatch,
  parseJson,
  stableStringify,
} from './json.ts'
export { Mailbox } from './mailbox.ts'
export { AbsolutePath, basenamePath, dirnamePath, isInside, joinPath, relativePath } from './paths.ts'
export { createScope, type Scope } from './scope.ts'
export { Serial } from './serial.ts'
export { sha1Bytes, sha1Hex } from './sha1.ts'
export { SharedGate } from './shared-gate.ts'
export { type AlreadyOmitted, estimateTokens, formatTruncated, truncateMiddle, type TruncationPolicy, utf8Length } from './text/truncate.ts'
export { escapeXml } from './text/xml.ts'
