import type { EnginePorts } from '@octavo/core'
import { fault } from './fault.ts'
import type { Fault } from './fault.ts'
import { FaultPlan } from './fault-plan.ts'
import { wrapPort } from './with-faults.ts'

/** Ports of an engine that misbehave as planned. */
export interface FaultyPorts {
  readonly ports: EnginePorts
  /** Every call through any of them so far, in order: `model.stream`, `store.flush`, `files.write`, `approver.review`… */
  readonly calls: readonly string[]
}

/**
 * Wraps every port through which an engine reaches the world, under one plan and one count. Calls are named by port and method:
 * `clock`, `ids`, `store` (writers included), `model` (clients included), `workspace`, `files`, `processes` (each process included),
 * `policy`, `approver`, `images`, `facts`, `traces`, and `host` for `today` and `random`. A fault may name `store.flush`, `flush` in any port, `store.*`, or `*`.
 */
export function withPortFaults(ports: EnginePorts, faults: readonly Fault[] = []): FaultyPorts {
  const plan = new FaultPlan(faults)
  const workspaces = wrapPort({ at: ports.workspace }, plan, 'workspace')
  const { random, today, traces } = ports
  const host = wrapPort({ today, ...(random === undefined ? {} : { random }) }, plan, 'host')
  return {
    calls: plan.calls,
    ports: {
      ...ports,
      clock: wrapPort(ports.clock, plan, 'clock'),
      ids: wrapPort(ports.ids, plan, 'ids'),
      store: wrapPort(ports.store, plan, 'store'),
      providers: ports.providers.map((provider) => wrapPort(provider, plan, 'model')),
      workspace: (cwd, environment) => workspaces.at(cwd, environment),
      policy: wrapPort(ports.policy, plan, 'policy'),
      approvers: ports.approvers.map((approver) => wrapPort(approver, plan, 'approver')),
      today: () => host.today(),
      ...(random === undefined ? {} : { random: () => host.random?.() ?? random() }),
      ...(traces === undefined ? {} : { traces: wrapPort(traces, plan, 'traces') }),
      images: wrapPort(ports.images, plan, 'images'),
      facts: ports.facts === null ? null : wrapPort(ports.facts, plan, 'facts'),
    },
  }
}

/** One run in which something is aborted at the nth call through any port. */
export interface PlannedAbort {
  readonly nth: number
  /** The call, as the dry run named it. */
  readonly call: string
  readonly faults: readonly Fault[]
  /** Give it to what is to be aborted. */
  readonly signal: AbortSignal
}

/** A plan for each call that a dry run made: `for (const { faults, signal } of abortAtEachCall(dry.calls)) …`. */
export function* abortAtEachCall(calls: readonly string[]): Generator<PlannedAbort, void, undefined> {
  for (const [index, call] of calls.entries()) {
    const controller = new AbortController()
    yield { nth: index + 1, call, faults: [fault.abort('*', controller, { nth: index + 1 })], signal: controller.signal }
  }
}
