import { AbsolutePath } from '@octavo/base'
import { PLAIN_SETTINGS } from '@octavo/protocol'
import type { Clock } from '@octavo/base'
import { answersTo, createEngine } from '@octavo/core'
import type { Engine, EngineDefaults, EnginePorts, ForkThreadOptions, ResumeThreadOptions, StartThreadOptions } from '@octavo/core'
import type { Approver, Extension, ModelProvider, ThreadStore, ToolHandler } from '@octavo/extension-api'
import { createPolicy } from '@octavo/policy'
import { profileOfSandboxPolicy } from '@octavo/protocol'
import type { IdGenerator, RequestKind, ThreadId, ThreadSettings } from '@octavo/protocol'
import { createMemoryStore } from '@octavo/thread-store/memory'
import { builtInTools, createImagePreparer } from '@octavo/tools'
import { withPortFaults } from '../faults/index.ts'
import type { Fault, FaultyPorts } from '../faults/index.ts'
import { ManualClock } from '../manual-clock.ts'
import { createTestWorkspace } from '../workspace/test-workspace.ts'
import type { TestWorkspace, TestWorkspaceOptions } from '../workspace/test-workspace.ts'
import { scriptedModel } from '../scripted-model/index.ts'
import type { ScriptedModelProvider, ScriptedStep, StepFunction } from '../scripted-model/index.ts'
import { sequenceIds } from '../sequence-ids.ts'
import { TestThread } from './thread.ts'

export interface TestEngineOptions extends TestWorkspaceOptions {
  /** What the model does: its steps, or a model made before. */
  readonly model: readonly (ScriptedStep | StepFunction)[] | ScriptedModelProvider
  /**
   * `strict`: disposal fails when the model was asked for more than its script has, or for less. `free`: nobody looks. Default:
   * `strict` for steps, `free` for a model made before, which may go on with another engine; that one has `assertConsumed()`.
   */
  readonly script?: 'strict' | 'free'
  /** Offered beside the built-in tools. */
  readonly tools?: readonly ToolHandler[]
  /** False: only `tools` are offered. */
  readonly builtInTools?: boolean
  readonly extensions?: readonly Extension[]
  /** Asked in order. Default: nobody, so that what must be asked is denied. */
  readonly approvers?: readonly Approver[]
  /** Which requests wait for an `answer` op when no approver has answered. Default: none. */
  readonly answers?: boolean | readonly RequestKind[]
  /** Over: model `scripted-model`, workspace-write without network, approval on request. */
  readonly settings?: Partial<ThreadSettings>
  /** Default: a {@link ManualClock} that moves by itself. */
  readonly clock?: Clock
  readonly ids?: IdGenerator
  /** Default: in memory. Given, it is not disposed with the engine, so that a second engine can open the same threads. */
  readonly store?: ThreadStore
  /** Replaces any other port. */
  readonly ports?: Partial<EnginePorts>
  readonly defaults?: Partial<Omit<EngineDefaults, 'settings'>>
  /** What goes wrong at calls through any port, those of `ports` included. An empty list breaks nothing and counts. */
  readonly faults?: readonly Fault[]
}

/**
 * An engine whose world is in memory. Disposing it ends its threads, then its store unless that was given.
 * @throws OctavoError `script_mismatch` at disposal, when its model was not asked as its script says
 */
export interface TestEngine extends AsyncDisposable {
  readonly engine: Engine
  readonly model: ScriptedModelProvider
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly store: ThreadStore
  readonly workspace: TestWorkspace
  readonly settings: ThreadSettings
  /** Every call through any port so far, in order; always empty without `faults`. */
  readonly calls: readonly string[]
  startThread(options?: StartThreadOptions): Promise<TestThread>
  resumeThread(id: ThreadId, options?: ResumeThreadOptions): Promise<TestThread>
  forkThread(id: ThreadId, options?: ForkThreadOptions): Promise<TestThread>
}

/**
 * The engine as a program gets it, with the real policy and the real tools, over a scripted model, files and processes in memory, a
 * clock that moves by itself and ids in sequence. Two runs of the same test are the same to the byte.
 */
export function createTestEngine(options: TestEngineOptions): TestEngine {
  const clock = options.clock ?? new ManualClock({ autoAdvance: true })
  const model = isProvider(options.model) ? options.model : scriptedModel(options.model, { clock })
  const script = options.script ?? (isProvider(options.model) ? 'free' : 'strict')
  const ids = options.ids ?? sequenceIds()
  const store = options.store ?? createMemoryStore({ clock })
  const workspace = createTestWorkspace({ clock, ...options })
  const settings = settingsOf(options, model, workspace.cwd)
  const { ports, calls } = spoiled(portsOf(options, { model, clock, ids, store, workspace }), options.faults)
  const engine = createEngine(ports, {
    settings,
    baseInstructions: 'You are a coding agent under test.',
    developerInstructions: null,
    originator: 'octavo_test',
    version: '0.0.0',
    source: 'exec',
    contextWindow: null,
    toolOutputTokens: null,
    rawReasoning: false,
    ...options.defaults,
  })
  return {
    engine,
    model,
    clock,
    ids,
    store,
    workspace,
    settings,
    calls,
    startThread: async (start) => new TestThread(await engine.startThread(start), { store, model }),
    resumeThread: async (id, resume) => new TestThread(await engine.resumeThread(id, resume), { store, model }),
    forkThread: async (id, fork) => new TestThread(await engine.forkThread(id, fork), { store, model }),
    async [Symbol.asyncDispose]() {
      await engine[Symbol.asyncDispose]()
      if (options.store === undefined) await store[Symbol.asyncDispose]()
      if (script === 'strict') model.assertConsumed()
    },
  }
}

type World = Pick<TestEngine, 'model' | 'clock' | 'ids' | 'store' | 'workspace'>

function portsOf(options: TestEngineOptions, { model, clock, ids, store, workspace }: World): EnginePorts {
  const tools = [...(options.builtInTools === false ? [] : builtInTools()), ...(options.tools ?? [])]
  return {
    clock,
    ids,
    today: () => ({ date: new Date(clock.now()).toISOString().slice(0, 10), timezone: 'Etc/UTC' }),
    store,
    providers: [model],
    workspace: (cwd) => workspace.at(cwd),
    // Nothing leaves this process: the workspace in memory holds each call to its grant, commands included.
    sandbox: { kind: 'bubblewrap', working: true, reason: null },
    policy: createPolicy(),
    approvers: options.approvers ?? [],
    answers: answersTo(options.answers ?? false),
    extensions: [...(tools.length === 0 ? [] : [{ id: 'tools', contributes: { tools } }]), ...(options.extensions ?? [])],
    images: createImagePreparer(),
    facts: null,
    tmpdir: null,
    holder: { pid: 1, host: 'test', name: 'octavo test' },
    ...options.ports,
  }
}

function spoiled(ports: EnginePorts, faults: readonly Fault[] | undefined): FaultyPorts {
  return faults === undefined ? { ports, calls: [] } : withPortFaults(ports, faults)
}

function settingsOf(options: TestEngineOptions, model: ScriptedModelProvider, cwd: AbsolutePath): ThreadSettings {
  return {
    provider: model.id,
    model: model.slug,
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    approvalPolicy: 'on-request',
    permissions: profileOfSandboxPolicy({
      type: 'workspace-write',
      writableRoots: [],
      networkAccess: false,
      excludeTmpdirEnvVar: true,
      excludeSlashTmp: true,
    }),
    cwd,
    workspaceRoots: [cwd],
    ...PLAIN_SETTINGS,
    ...options.settings,
  }
}

function isProvider(model: TestEngineOptions['model']): model is ScriptedModelProvider & ModelProvider {
  return 'connect' in model
}
