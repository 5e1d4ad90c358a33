import { AbsolutePath } from '@octavo/base'
import { TURN_AUTHORITY } from '@octavo/extension-api'
import type { ApprovalRequest, PolicyVerdict, ToolHandler } from '@octavo/extension-api'
import { profileOfSandboxPolicy, sandboxPolicyOfProfile } from '@octavo/protocol'
import type { EnvironmentId, MessageItem, SettingsOverrides, SubmissionId, ThreadSettings } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { ASK, SETTINGS, World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { calls, gate, says, tokens } from './fakes/model.ts'
import { FakeTool } from './fakes/tools.ts'
import { FakeWorkspace } from './fakes/workspace.ts'

const box = (name: string, path: string): { readonly id: EnvironmentId; readonly cwd: AbsolutePath } => ({
  id: name as EnvironmentId,
  cwd: AbsolutePath.from(path),
})

const managed = (fileSystem: unknown): object => ({ permissions: { type: 'managed', fileSystem, network: 'restricted' } })
const rules = (...entries: readonly object[]): object => ({ type: 'restricted', entries })

async function set({ thread }: Watched, settings: SettingsOverrides): Promise<string> {
  const admission = await thread.submit({ type: 'settings', settings }).admitted
  return admission.kind === 'refused' ? admission.error.message : admission.kind
}

/** Everything the engine said to the model about the surroundings, in the order of the file. */
function context(watched: Watched): string[] {
  const messages = watched.records.flatMap((item) =>
    item.type === 'response_item' && item.payload.type === 'message' ? [item.payload] : ([] as MessageItem[]),
  )
  return messages.flatMap(({ content }) => content.flatMap((part) => ('text' in part && part.text.startsWith('<') ? [part.text] : [])))
}

async function say(world: World, watched: Watched, said: string = 'go on'): Promise<void> {
  await world.finish((await watched.thread.run(said)).done)
}

test.each([
  ['a relative directory (F7)', { cwd: 'x' }, 'cwd must be an absolute path, got "x"'],
  ['a relative root (F7)', { workspaceRoots: ['/repo', 'y'] }, 'workspaceRoots must be an absolute path, got "y"'],
  ['null where there must be something', { model: null }, 'model must be a string'],
  ['an empty effort', { effort: '' }, 'effort must not be empty'],
  ['a reviewer that is not known', { approvalsReviewer: 'nobody' }, 'approvalsReviewer must be one of user, autoReview, got "nobody"'],
  ['a mode that is not known', { collaborationMode: { mode: 'dance' } }, 'collaborationMode must be one of default, plan, got "dance"'],
  ['a tone that is not known', { personality: 'grumpy' }, 'personality must be one of friendly, pragmatic, got "grumpy"'],
  ['a profile of nothing', { permissions: { type: 'managed' } }, 'permissions.network must be one of restricted, enabled, got undefined'],
  ['a profile without files', managed(undefined), 'permissions.fileSystem must be an object'],
  [
    'a rule of no known access',
    managed(rules({ path: { type: 'path', path: '/a' }, access: 'none' })),
    'permissions.fileSystem has an entry whose access must be one of read,',
  ],
  [
    'a rule for no place',
    managed(rules({ path: { type: 'path', path: 'a' }, access: 'deny' })),
    'permissions.fileSystem has an entry whose path must be an absolute path, got "a"',
  ],
  ['another provider', { provider: 'other' }, 'provider cannot change while the thread is loaded'],
  ['a setting that is none', { colour: 'red' }, 'colour is no setting; known: provider, model'],
  ['environments of one id (F94)', { environments: [box('a', '/a'), box('a', '/b')] }, 'duplicate turn environment id "a"'],
] as const)('%s is refused by name, with the valid settings beside it, and nothing is taken (F90)', async (_name, bad, message) => {
  await using world = new World()
  const watched = await world.start()
  const overrides = { effort: 'high', ...bad } as unknown as SettingsOverrides
  expect(await set(watched, overrides)).toContain(`invalid thread settings override: ${message}`)
  const input = await watched.thread.submit({ type: 'userInput', items: [{ type: 'text', text: 'x' }], settings: overrides }).admitted
  expect(input).toMatchObject({ kind: 'refused', error: { code: 'invalid_settings' } })
  expect(watched.thread.snapshot().settings).toEqual(SETTINGS)
  expect([watched.of('thread.settings'), watched.of('turn.started')]).toEqual([[], []])
})

test('a thread with a directory that is not absolute is not begun (F7)', async () => {
  await using world = new World()
  const starting = world.engine.startThread({ settings: { cwd: 'x' as AbsolutePath } })
  await expect(starting).rejects.toMatchObject({ code: 'invalid_settings', message: expect.stringContaining('got "x"') })
  expect([world.engine.threads(), world.store.threads.size]).toEqual([[], 0])
})

test('a thread for which nobody names a model is neither begun nor resumed, and nothing is left of it; one who names it has it (F90)', async () => {
  await using first = new World()
  const { thread } = await first.start()
  await first.finish((await thread.run('hello')).done)
  await first.finish((async () => await thread[Symbol.asyncDispose]())())
  // A file of a thread that never had a turn names no model.
  const kept = first.store.threads.get(thread.id)
  if (kept !== undefined) kept.lines = kept.lines.filter(({ type }) => type === 'session_meta')
  await using second = new World({ store: first.store, defaults: { settings: { ...SETTINGS, model: '' } } })
  const nameless = { code: 'invalid_settings', message: expect.stringContaining('model must not be empty') as string }
  await expect(second.engine.startThread()).rejects.toMatchObject(nameless)
  await expect(second.engine.resumeThread(thread.id)).rejects.toMatchObject(nameless)
  expect([second.engine.threads(), second.store.threads.size]).toEqual([[], 1])
  const resumed = await second.engine.resumeThread(thread.id, { settings: { model: 'named' } })
  expect(resumed.snapshot().settings.model).toBe('named')
})

test('absent leaves a setting, null clears it: effort and service tier (F90)', async () => {
  await using world = new World()
  const watched = await world.start()
  await set(watched, { effort: 'high', serviceTier: 'flex' })
  await set(watched, { model: 'other' })
  expect(watched.thread.snapshot().settings).toMatchObject({ model: 'other', effort: 'high', serviceTier: 'flex' })
  await set(watched, { effort: null })
  expect(watched.thread.snapshot().settings).toMatchObject({ effort: null, serviceTier: 'flex' })
})

test('the snapshot says everything a host shows of a thread: settings, ephemeral, and where it came from (F88)', async () => {
  await using world = new World()
  const settings: Partial<ThreadSettings> = {
    model: 'big',
    effort: 'low',
    serviceTier: 'flex',
    approvalPolicy: 'untrusted',
    approvalsReviewer: 'autoReview',
    permissions: profileOfSandboxPolicy({ type: 'read-only', networkAccess: false }),
    activeProfile: 'careful',
    personality: 'pragmatic',
    cwd: AbsolutePath.from('/elsewhere'),
  }
  const watched = await world.start({ settings, ephemeral: true, threadSource: 'user' })
  const configured = watched.of('thread.configured')[0]?.snapshot
  expect(configured).toMatchObject({
    ephemeral: true,
    settings: { provider: 'fake', ...settings, workspaceRoots: ['/elsewhere'] },
    origin: { source: 'exec', threadSource: 'user', parentThreadId: null, forkedFromId: null },
  })
  expect(watched.thread.snapshot()).toEqual({ ...configured, cursor: expect.anything() })
})

test.each([
  [{ type: 'danger-full-access' }],
  [{ type: 'read-only', networkAccess: true }],
  [
    {
      type: 'workspace-write',
      writableRoots: [AbsolutePath.from('/extra')],
      networkAccess: false,
      excludeTmpdirEnvVar: true,
      excludeSlashTmp: false,
    },
  ],
] as const)('the older sandbox policy of a thread follows from its profile, in the snapshot and in the file: %j (F89)', async (policy) => {
  await using world = new World()
  const watched = await world.start({ settings: { permissions: profileOfSandboxPolicy(policy) } })
  expect(sandboxPolicyOfProfile(watched.thread.snapshot().settings.permissions)).toEqual(policy)
  await say(world, watched)
  const [record] = watched.records.flatMap((item) => (item.type === 'turn_context' ? [item.payload] : []))
  expect(record?.sandbox_policy).toMatchObject({ type: policy.type })
})

test('model and effort go into the mode that is there, and a mode leaves them as they are (F91)', async () => {
  await using world = new World()
  const watched = await world.start()
  await set(watched, { collaborationMode: { mode: 'plan', instructions: null } })
  await set(watched, { model: 'other', effort: 'high' })
  expect(watched.thread.snapshot().settings).toMatchObject({
    model: 'other',
    effort: 'high',
    collaborationMode: { mode: 'plan', instructions: null },
  })
  await say(world, watched)
  const applied = watched.records.flatMap((item) =>
    item.type === 'event_msg' && item.payload.type === 'thread_settings_applied' ? [item.payload['thread_settings']] : [],
  )
  expect(applied.at(-1)).toMatchObject({
    collaboration_mode: { mode: 'plan', settings: { model: 'other', reasoning_effort: 'high', developer_instructions: null } },
  })
  const begun = watched.records.flatMap((item) => (item.type === 'event_msg' && item.payload.type === 'task_started' ? [item.payload] : []))
  expect(begun).toMatchObject([{ collaboration_mode_kind: 'plan' }])
})

test('the model is told of a mode and a tone when they begin and when they end, and never again between (F91)', async () => {
  await using world = new World()
  const watched = await world.start()
  await say(world, watched)
  expect(context(watched).filter((text) => /^<(collaboration_mode|personality)>/.test(text))).toEqual([])
  await set(watched, { collaborationMode: { mode: 'plan', instructions: null }, personality: 'friendly' })
  await say(world, watched)
  await say(world, watched)
  await set(watched, { collaborationMode: { mode: 'plan', instructions: 'Plan in verse.' } })
  await say(world, watched)
  await set(watched, { collaborationMode: { mode: 'default', instructions: null }, personality: null })
  await say(world, watched)
  const told = context(watched).filter((text) => /^<(collaboration_mode|personality)>/.test(text))
  expect(told.map((text) => text.split('\n').slice(0, 2).join(' '))).toEqual([
    expect.stringMatching(/^<collaboration_mode> You are in plan mode/),
    expect.stringMatching(/^<personality> Write to the user as a warm/),
    '<collaboration_mode> Plan in verse.',
    expect.stringMatching(/^<collaboration_mode> Plan mode has ended/),
    expect.stringMatching(/^<personality> No particular tone/),
  ])
})

test('a plan of a tool is asked with the mode of its turn (F91)', async () => {
  const modes: unknown[] = []
  const handler = new FakeTool('work', {
    plan: (_input, { mode }) => {
      modes.push(mode)
      return { kind: 'answer', output: { content: 'x', success: true } }
    },
  })
  await using world = new World({ scripts: [calls(['c1', 'work']), says('a'), calls(['c2', 'work'])], tools: [handler] })
  const watched = await world.start()
  await say(world, watched)
  await set(watched, { collaborationMode: { mode: 'plan', instructions: null } })
  await say(world, watched)
  expect(modes).toEqual(['default', 'plan'])
})

test('the name of a profile goes with its permissions: other permissions alone come from none (F88)', async () => {
  await using world = new World()
  const watched = await world.start({ settings: { activeProfile: 'careful' } })
  const readOnly = profileOfSandboxPolicy({ type: 'read-only', networkAccess: false })
  await set(watched, { permissions: SETTINGS.permissions })
  expect(watched.thread.snapshot().settings.activeProfile).toBe('careful')
  await set(watched, { permissions: readOnly })
  expect(watched.thread.snapshot().settings.activeProfile).toBeNull()
  await set(watched, { permissions: SETTINGS.permissions, activeProfile: 'open' })
  expect(watched.thread.snapshot().settings.activeProfile).toBe('open')
})

test('settings that come with a steer are told at once and taken by the next turn', async () => {
  const tool = new FakeTool('work')
  await using world = new World({ scripts: [calls(['c1', 'work']), says('one'), says('two')], tools: [tool] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  const items = [{ type: 'text', text: 'and this' }] as const
  expect(await watched.thread.submit({ type: 'userInput', items, settings: { model: 'next' } }).admitted).toMatchObject({ kind: 'steered' })
  expect(watched.of('thread.settings')).toHaveLength(1)
  tool.last.finish()
  await world.finish(handle.done)
  await say(world, watched)
  expect(world.model.requests.map(({ model }) => model)).toEqual(['m', 'm', 'next'])
})

function chosen({ thread }: Watched): unknown[] {
  const { model, effort, personality, cwd } = thread.snapshot().settings
  return [model, effort, personality, cwd]
}

test('new defaults reach loaded threads in what they were not given themselves, and new threads in all (F92)', async () => {
  await using world = new World()
  const started = await world.start({ settings: { model: 'mine' } })
  const plain = await world.start()
  await set(plain, { effort: 'low' })
  world.engine.refresh({ model: 'new', effort: 'high', personality: 'friendly', cwd: AbsolutePath.from('/moved') })
  await tick()
  expect([chosen(started), chosen(plain), chosen(await world.start())]).toEqual([
    ['mine', 'high', 'friendly', '/repo'],
    ['new', 'low', 'friendly', '/repo'],
    ['new', 'high', 'friendly', '/moved'],
  ])
  expect(started.of('thread.settings')).toHaveLength(1)
  world.engine.refresh({ personality: 'friendly' })
  await tick()
  expect(started.of('thread.settings')).toHaveLength(1)
  expect(() => world.engine.refresh({ model: '' })).toThrow('model must not be empty')
  expect(chosen(plain)[0]).toBe('new')
})

test('a turn that runs goes on under what it began with when defaults change, and base instructions stay (F92)', async () => {
  const held = gate()
  await using world = new World({ scripts: [[held, ...says('one')]] })
  const watched = await world.start()
  const handle = await watched.thread.run('begin')
  await tick()
  world.engine.refresh({ model: 'new' })
  held.resolve()
  await world.finish(handle.done)
  await say(world, watched)
  expect(world.model.requests.map(({ model, instructions }) => [model, instructions])).toEqual([
    ['m', 'base'],
    ['new', 'base'],
  ])
})

test('what was used before is told right behind the first event of a resumed thread, and not written again (F93, F8)', async () => {
  await using first = new World()
  const before = await first.start()
  await say(first, before)
  await say(first, before)
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  const lines = first.store.lines(before.thread.id).length
  await using second = new World({ store: first.store })
  const after = await second.resume(before.thread.id)
  expect(after.types().slice(0, 2)).toEqual(['thread.configured', 'turn.usage'])
  expect(after.of('turn.usage')).toEqual([{ type: 'turn.usage', last: tokens(10), total: tokens(20), window: null }])
  expect([after.events[1]?.turnId, after.events[1]?.durable]).toEqual([null, null])
  expect(second.store.lines(before.thread.id)).toHaveLength(lines)
  expect(before.types()[1]).toBe('submission.admitted')
})

test('a resumed thread goes on in its mode and tone, as the file spells them', async () => {
  await using first = new World()
  const before = await first.start({
    settings: {
      personality: 'pragmatic',
      collaborationMode: { mode: 'plan', instructions: 'Plan in verse.' },
      approvalsReviewer: 'autoReview',
    },
  })
  await say(first, before)
  const [record] = before.records.flatMap((item) => (item.type === 'turn_context' ? [item.payload] : []))
  expect(record).toMatchObject({
    personality: 'pragmatic',
    approvals_reviewer: 'auto_review',
    collaboration_mode: { mode: 'plan', settings: { model: 'm', reasoning_effort: null, developer_instructions: 'Plan in verse.' } },
  })
  await first.finish((async () => await before.thread[Symbol.asyncDispose]())())
  await using second = new World({ store: first.store })
  expect((await second.resume(before.thread.id)).thread.snapshot().settings).toMatchObject({
    personality: 'pragmatic',
    collaborationMode: { mode: 'plan', instructions: 'Plan in verse.' },
    approvalsReviewer: 'user',
  })
})

test('resuming a thread that is loaded gives the same thread with the settings as an override; a bad one is thrown and changes nothing', async () => {
  await using world = new World()
  const watched = await world.start()
  await say(world, watched)
  expect(await world.engine.resumeThread(watched.thread.id, { settings: { effort: 'high' } })).toBe(watched.thread)
  expect(watched.of('thread.settings').map(({ settings }) => settings.effort)).toEqual(['high'])
  await expect(world.engine.resumeThread(watched.thread.id, { settings: { model: '' } })).rejects.toMatchObject({
    code: 'invalid_settings',
  })
  expect(watched.thread.snapshot().settings.model).toBe('m')
})

test('configuring a thread anew keeps its history and what was approved for the session (F10)', async () => {
  const asked: ApprovalRequest[] = []
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('one'), calls(['c2', 'work']), says('two')],
    tools: [new FakeTool('work', { immediate: true })],
    decide: (): PolicyVerdict => ASK,
    approvers: [
      {
        id: 'somebody',
        presence: 'live',
        review: async (request) => {
          asked.push(request)
          return { kind: 'approvedForSession' }
        },
      },
    ],
  })
  const watched = await world.start()
  await say(world, watched, 'begin')
  await world.engine.resumeThread(watched.thread.id, { settings: { effort: 'high' } })
  await set(watched, { approvalPolicy: 'untrusted' })
  await say(world, watched, 'again')
  expect(asked).toHaveLength(1)
  expect(watched.history).toEqual([
    'user: begin',
    'call c1',
    'output c1: output of c1',
    'assistant: one',
    'user: again',
    'call c2',
    'output c2: output of c2',
    'assistant: two',
  ])
})

test('the status of a thread is told as it changes, and can be read at any time (F14)', async () => {
  const tool = new FakeTool('work')
  await using world = new World({
    scripts: [calls(['c1', 'work']), says('one')],
    tools: [tool],
    decide: (): PolicyVerdict => ASK,
    ports: { answers: () => true },
  })
  const watched = await world.start()
  expect(watched.thread.snapshot().status).toEqual({ kind: 'idle' })
  const handle = await watched.thread.run('begin')
  await tick()
  const [request] = watched.thread.pendingRequests()
  if (request === undefined) throw new Error('nobody is asked')
  expect(watched.thread.snapshot().status).toEqual({ kind: 'active', waitingOnApproval: true, waitingOnInput: false })
  watched.thread.submit({ type: 'answer', requestId: request.id, kind: 'toolApproval', value: { kind: 'approved' } })
  await tick()
  tool.last.finish()
  await world.finish(handle.done)
  const active = { kind: 'active', waitingOnApproval: false, waitingOnInput: false }
  expect(watched.of('thread.status').map(({ status }) => status)).toEqual([
    active,
    { ...active, waitingOnApproval: true },
    active,
    { kind: 'idle' },
  ])
  await world.finish((async () => await watched.thread[Symbol.asyncDispose]())())
  expect(watched.thread.snapshot().status).toEqual({ kind: 'closed' })
})

test('ids of submissions are made, distinct, and stand for nothing else; what a submission causes bears its id (F2)', async () => {
  await using world = new World()
  const { thread, ...watched } = await world.start()
  const submissions = ['one', 'two', 'three'].map((text) =>
    thread.submit({ type: 'userInput', items: [{ type: 'text', text }] }, { whenBusy: 'queue', id: `mine-${text}` as SubmissionId }),
  )
  const own = thread.submit({ type: 'settings', settings: { effort: 'high' } })
  const other = thread.submit({ type: 'settings', settings: { effort: 'low' } })
  await Promise.all([...submissions, own].map(({ admitted }) => admitted))
  await world.clock.advance(10)
  const ids = [...submissions, own, other].map(({ id }) => id)
  expect(new Set(ids).size).toBe(5)
  const events = watched.events
  const turns = events.flatMap(({ event }) => (event.type === 'turn.started' ? [event.turn] : []))
  expect(turns.map(({ submissionId }) => submissionId)).toEqual(ids.slice(0, 3))
  for (const { id, submissionId } of turns) {
    expect(ids).not.toContain(id)
    const caused = events.filter(({ cause }) => cause === submissionId).map(({ event }) => event.type)
    expect([caused[0], caused.at(-1)]).toEqual(['submission.admitted', 'turn.completed'])
  }
  expect(events.filter(({ cause }) => cause === own.id).map(({ event }) => event.type)).toEqual(['submission.admitted', 'thread.settings'])
})

/** A tool that acts where its plan says. */
function acting(environmentId: string | null): ToolHandler {
  const base = new FakeTool('act', {
    plan: () => ({
      kind: 'run',
      environmentId: environmentId as EnvironmentId | null,
      effects: [],
      authority: TURN_AUTHORITY,
      item: null,
      onDenied: 'report',
    }),
    execute: async ({ workspace, cwd }) => ({ kind: 'done', output: { content: `${workspace.id} ${cwd}`, success: true } }),
  })
  return { spec: { ...base.spec, needsEnvironment: true }, plan: base.plan.bind(base), execute: base.execute.bind(base) }
}

function places(): { readonly opened: string[]; readonly workspace: (cwd: AbsolutePath, id: EnvironmentId | null) => FakeWorkspace } {
  const opened: string[] = []
  return {
    opened,
    workspace: (cwd, id) => {
      if (id === 'gone') throw new Error('there is no environment gone')
      opened.push(`${id} ${cwd}`)
      return Object.assign(new FakeWorkspace(), { id: id ?? 'local', cwd })
    },
  }
}

test('tools act in the environment of their plan, the first one by default, each in its directory (F94)', async () => {
  const { workspace } = places()
  const outputs: unknown[] = []
  for (const wanted of [null, 'a', 'b', 'c']) {
    await using world = new World({ scripts: [calls(['c1', 'act']), says('end')], tools: [acting(wanted)], ports: { workspace } })
    const watched = await world.start({ settings: { environments: [box('a', '/a'), box('b', '/b')] } })
    expect(watched.thread.snapshot().settings).toMatchObject({ cwd: '/a', workspaceRoots: ['/a'] })
    await say(world, watched)
    outputs.push(watched.history[2])
  }
  expect(outputs).toEqual(['output c1: a /a', 'output c1: a /a', 'output c1: b /b', 'output c1: there is no environment c; known: a, b'])
})

test('without any environment no tool that acts in one is offered, and others are (F94)', async () => {
  await using world = new World({
    scripts: [calls(['c1', 'act']), says('end')],
    tools: [acting(null), new FakeTool('talk')],
    ports: { workspace: places().workspace },
  })
  const watched = await world.start({ settings: { environments: [] } })
  await say(world, watched)
  expect(JSON.stringify(world.model.requests[0]?.tools)).not.toContain('"act"')
  expect(JSON.stringify(world.model.requests[0]?.tools)).toContain('"talk"')
  expect(watched.history[2]).toBe('output c1: unsupported call: act')
})

test('the model is told of several environments, of those that are gone, and of one as of a directory (F94)', async () => {
  await using world = new World({ ports: { workspace: places().workspace } })
  const watched = await world.start({ settings: { environments: [box('a', '/a'), box('b', '/b')] } })
  const told = (): string => context(watched).findLast((text) => text.startsWith('<environment_context>')) ?? ''
  await say(world, watched)
  expect(told()).toContain(
    [
      '  <environments>',
      '    <environment id="a" primary="true"><cwd>/a</cwd><shell>sh</shell></environment>',
      '    <environment id="b" primary="false"><cwd>/b</cwd><shell>sh</shell></environment>',
      '  </environments>',
    ].join('\n'),
  )
  expect(told()).not.toContain('\n  <cwd>')
  await set(watched, { environments: [box('b', '/b'), box('c', '/c')] })
  await say(world, watched)
  expect(told()).toContain('    <environment id="a" status="unavailable"></environment>')
  await set(watched, { environments: [] })
  await say(world, watched)
  expect(told().match(/status="unavailable"/g)).toHaveLength(2)
  await set(watched, { environments: null })
  await say(world, watched)
  expect(told()).toContain('  <cwd>/b</cwd>\n  <shell>sh</shell>')
})

test('a directory that changes by itself moves the first environment with it; one that is not there is refused (F94)', async () => {
  await using world = new World({ ports: { workspace: places().workspace } })
  const watched = await world.start({ settings: { environments: [box('a', '/a'), box('b', '/b')] } })
  await set(watched, { cwd: AbsolutePath.from('/a/sub') })
  expect(watched.thread.snapshot().settings).toMatchObject({
    cwd: '/a/sub',
    workspaceRoots: ['/a/sub'],
    environments: [{ id: 'a', cwd: '/a/sub' }, { id: 'b' }],
  })
  expect(await set(watched, { environments: [box('gone', '/x')] })).toBe('there is no environment gone')
  expect(watched.thread.snapshot().settings.cwd).toBe('/a/sub')
})
