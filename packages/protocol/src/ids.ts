import type { Brand } from '@octavo/base'

/** A durable conversation. UUID, canonical lower-case hyphenated; version 7 when made here. */
export type ThreadId = Brand<string, 'ThreadId'>
/** Shared by a root thread and all its sub-agents; a root's session id equals its thread id. */
export type SessionId = Brand<string, 'SessionId'>
/** One turn of a thread. UUID, canonical lower-case hyphenated. */
export type TurnId = Brand<string, 'TurnId'>
/** A visible item. The model's call id for tool items, the server's item id for messages when it gave one. */
export type ItemId = Brand<string, 'ItemId'>
/** The model's id of one tool call; pairs a call with its output. */
export type CallId = Brand<string, 'CallId'>
/** Opaque, at most 128 characters; equals the turn id it starts unless the caller gave one. */
export type SubmissionId = Brand<string, 'SubmissionId'>
/** One question to an approver or client; never a turn id or a call id. */
export type RequestId = Brand<string, 'RequestId'>
/** A running terminal of a thread, as the model sees it: a decimal number from 1000 to 99999. */
export type TerminalId = Brand<string, 'TerminalId'>
/** One place where tools act; `local` for the host itself. */
export type EnvironmentId = Brand<string, 'EnvironmentId'>
/** One context window of a thread; a new one begins with every compaction. */
export type WindowId = Brand<string, 'WindowId'>
/** Position of a record in a rollout: 0, 1, 2… without gaps. */
export type Ordinal = Brand<number, 'Ordinal'>

/** What an id generator can be asked for. */
export interface IdKinds {
  readonly thread: ThreadId
  readonly turn: TurnId
  /** Suffix of engine-made items and response items. */
  readonly item: ItemId
  readonly submission: SubmissionId
  readonly request: RequestId
  readonly terminal: TerminalId
  readonly window: WindowId
  /** One loading of a thread. */
  readonly epoch: string
  /** Six hexadecimal digits that head a chunk of terminal output. */
  readonly chunk: string
}

/** Source of every id the engine makes; a port, so that runs can be repeated. */
export interface IdGenerator {
  next<K extends keyof IdKinds>(kind: K): IdKinds[K]
}

/** Longest submission id accepted, in characters. */
export const MAX_SUBMISSION_ID_LENGTH = 128

/** Namespace of the deterministic ids given to synthetic outputs; fixed by the rollout format. */
export const SYNTHETIC_OUTPUT_NAMESPACE = '90d38d3e-6a5b-4d52-bfe2-2f1e634bfac4'
