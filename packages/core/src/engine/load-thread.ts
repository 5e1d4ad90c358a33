import { CancelledError, describeError } from '@octavo/base'
import type { Scope } from '@octavo/base'
import type { ThreadWriter } from '@octavo/extension-api'
import type { DynamicTool, ThreadSettings } from '@octavo/protocol'
import { createAnswerers } from '../asking/answerers.ts'
import type { Answerers } from '../asking/answerers.ts'
import type { ReplayedThread } from '../record/replay.ts'
import { keepGrants, keptGrants } from '../record/grants-record.ts'
import { Recorder } from '../record/recorder.ts'
import { KnownTurns } from '../session/known-turns.ts'
import { openSession } from '../session/open.ts'
import type { SubmissionLoop } from '../session/submission-loop.ts'
import { StatusTeller } from '../session/status.ts'
import { threadSite } from '../session/thread-parts.ts'
import type { ThreadIdentity, ThreadParts } from '../session/thread-parts.ts'
import { TurnQueue } from '../session/turn-queue.ts'
import { TurnSlot } from '../session/turn-slot.ts'
import type { BudgetAccount } from '../state/budget.ts'
import { ExtensionSaves } from '../state/extension-saves.ts'
import { ContextWindow } from '../state/context-window.ts'
import { Grants } from '../state/grants.ts'
import { History } from '../state/history.ts'
import { WaitingTime } from '../state/pauses.ts'
import { PendingRequests } from '../state/pending-requests.ts'
import { Settings } from '../state/settings.ts'
import type { SettingKey } from '../state/settings.ts'
import { ThreadTerminals } from '../state/terminals.ts'
import { Tracing } from '../state/tracing.ts'
import { Usage } from '../state/usage.ts'
import { WorldState } from '../state/world-state.ts'
import { ThreadTools } from '../tools/thread-tools.ts'
import { EventStream } from '../thread/events.ts'
import { LoadedThread } from '../thread/loaded-thread.ts'
import { Delegates } from './delegates.ts'
import type { DelegateHost } from './delegates.ts'
import type { InheritedContext } from './inherited-context.ts'
import type { EngineDefaults, EnginePorts } from './ports.ts'
import type { PreparedThread } from './prepare-thread.ts'

/** Bytes of recent events kept for replay. */
const RING_BYTES = 262_144

export interface ThreadToLoad {
  readonly identity: ThreadIdentity
  readonly settings: ThreadSettings
  /** Those of them that new defaults of the host leave alone; absent: all. */
  readonly own?: readonly SettingKey[]
  readonly prepared: PreparedThread
  /** Null for a thread that is kept nowhere. */
  readonly writer: ThreadWriter | null
  readonly budget: BudgetAccount
  /** Null for a new thread. */
  readonly replayed: ReplayedThread | null
  /** Checked already; absent: none. */
  readonly dynamicTools?: readonly DynamicTool[]
  /** Why one of the file's tools is left out. */
  readonly lostTools?: readonly string[]
  /** What a delegate has of its parent; absent for a root. */
  readonly from?: {
    /** Who answers, made from those that would without a parent. */
    readonly answerers: (own: Answerers) => Answerers
    readonly inherited: InheritedContext
    /** Cut with its parent's, and not closed with it. */
    readonly scope: Scope
  }
}

/** Puts the pieces of one thread together and starts its loop. */
export function loadThread(
  load: ThreadToLoad,
  scope: Scope,
  host: DelegateHost,
  ports: EnginePorts,
  defaults: EngineDefaults,
): LoadedThread {
  const { identity, writer, replayed, prepared } = load
  const { clock, ids } = ports
  const events = new EventStream(ids.next('epoch'), clock, defaults.ringBytes ?? RING_BYTES)
  const history = new History()
  const usage = new Usage()
  const world = new WorldState()
  if (replayed !== null) {
    history.replace(replayed.history, replayed.counted)
    usage.restore(replayed.usage.last, replayed.usage.total)
    if (replayed.world !== null) world.tell(replayed.world)
    if (replayed.lastContext !== null) world.keepContext(replayed.lastContext)
  }
  const recorder = new Recorder(
    { history, usage, world, window: new ContextWindow(identity.window), events, writer, ids, threadId: identity.threadId },
    { materialised: writer === null || replayed !== null },
  )
  const slot = new TurnSlot()
  const status = new StatusTeller(recorder, slot, () => requests)
  const waiting = new WaitingTime(clock, (waits) => slot.active?.time?.pause(waits))
  const requests: PendingRequests = new PendingRequests(ids, clock, waiting, (event, cause) => {
    recorder.emit(event, cause === undefined ? undefined : { cause })
    status.tell()
  })
  const warn = (code: string, message: string, source: string): void => recorder.warn(code, message, source)
  const { contributors, state } = prepared
  const saves = new ExtensionSaves(replayed?.saved ?? null, (item) => {
    recorder.write([item])
    recorder.flushSoon()
  })
  const grants = new Grants(keptGrants(saves, identity.threadId), (given) => keepGrants(saves, identity.threadId, given))
  const own = createAnswerers({ ports, grants, contributors, warn })
  const delegates = new Delegates({ parent: () => parts, submit: (op) => loop.submit(op), host })
  const parts: ThreadParts = {
    identity,
    ports,
    defaults,
    settings: new Settings(load.settings, {
      own: load.own ?? (Object.keys(load.settings) as SettingKey[]),
      changed: (previous, next) => tellSettings(previous, next, parts),
    }),
    recorder,
    requests,
    terminals: new ThreadTerminals(recorder, ids, clock, waiting.people),
    grants,
    answerers: load.from?.answerers(own) ?? own,
    waiting,
    budget: load.budget,
    tools: new ThreadTools(load.dynamicTools ?? [], warn),
    contributors,
    saves,
    state,
    slot,
    queue: new TurnQueue(),
    known: new KnownTurns(replayed),
    status,
    tracing: new Tracing(ports.traces, (code, message) => recorder.warn(code, message)),
    warnedModels: new Set(),
    delegates,
    scope,
  }
  if (load.from !== undefined) inherit(load.from.inherited, recorder)
  const loop: SubmissionLoop = openSession(parts)
  const thread = new LoadedThread(parts, events, writer, loop)
  prepared.openWarnings(warn)
  for (const why of load.lostTools ?? []) warn('dynamic_tool_lost', `a tool of the client is not offered any more: ${why}`, 'the client')
  return thread
}

/** Beside the loop, which does not wait for extensions; there is no turn that a required one could fail. */
function tellSettings(previous: ThreadSettings, next: ThreadSettings, parts: ThreadParts): void {
  const { contributors, scope, recorder } = parts
  if (!contributors.has('settings')) return
  scope
    .spawn('settings', (signal) => contributors.settingsChanged(previous, next, threadSite(parts, signal)))
    .catch((error: unknown) => {
      if (!CancelledError.is(error)) recorder.warn('extension_failed', describeError(error))
    })
}

/** Puts what a delegate begins with into its own history and file. */
function inherit({ items, world }: InheritedContext, recorder: Recorder): void {
  recorder.record(items)
  if (world === null) return
  recorder.write([{ type: 'world_state', payload: { full: true, state: world } }])
  recorder.world.tell(world)
}
