import type { Compactor, Extension } from '@octavo/extension-api'
import type { ResponseItem } from '@octavo/protocol'
import { expect, test } from 'vitest'
import { tokensOf } from '../src/turn/compact/replacement.ts'
import { CUT_NOTE } from '../src/turn/compact/words.ts'
import { World } from './fake-engine.ts'
import type { Watched } from './fake-engine.ts'
import { tick } from './fakes/clock.ts'
import { brief, compactions, saysAt, sent, SMALL_WINDOW, words } from './fakes/compaction.ts'
import { breaks, completed, message, done, gate, says, tokens } from './fakes/model.ts'
import type { Script } from './fakes/model.ts'

const TOO_LONG = [breaks('context_window_exceeded', { status: 400 })]

/** About this many tokens of text. */
function long(count: number, letter: string = 'x'): string {
  return letter.repeat(count * 4)
}

function compactor(make: Compactor['compact']): Extension {
  return { id: 'own', contributes: { compaction: { compact: make } } }
}

async function say(world: World, watched: Watched, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await world.finish((await watched.thread.run(text)).done)
}

async function shortened(world: World, watched: Watched): Promise<void> {
  watched.thread.submit({ type: 'compact' })
  await tick()
  while (watched.thread.snapshot().turn !== null) await world.clock.advanceToNext()
  await tick()
}

function lengths(items: readonly ResponseItem[]): number[] {
  return items.map((item) =>
    item.type === 'message' ? item.content.reduce((sum, part) => sum + ('text' in part ? part.text.length : 0), 0) : 0,
  )
}

test('the newest messages of the user stay within 20,000 tokens, the oldest of them cut in the middle (I19)', async () => {
  const scripts = [says('1'), says('2'), says('3'), says('the summary')]
  await using world = new World({ scripts })
  const watched = await world.start()
  await say(world, watched, long(9_000, 'a'), long(8_000, 'b'), long(9_000, 'c'))
  await shortened(world, watched)
  const kept = compactions(watched)[0]?.replacement_history ?? []
  expect(lengths(kept).slice(0, 3)).toEqual([12_000 + '…6000 tokens truncated…'.length, 32_000, 36_000])
  expect(brief(kept).at(-1)).toBe('summary: the summary')
})

test('an extension may keep any item there is, also a picture the model made (F78)', async () => {
  const drawn: ResponseItem = { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'AAAA' }
  await using world = new World({
    scripts: [[done(0, drawn), completed()]],
    extensions: [compactor(({ items }) => items.filter(({ type }) => type === 'image_generation_call'))],
  })
  const watched = await world.start()
  await say(world, watched, 'draw')
  await shortened(world, watched)
  expect(compactions(watched)[0]?.replacement_history).toMatchObject([drawn])
  expect(watched.of('warning').map(({ code }) => code)).toEqual(['long_thread'])
})

test('pictures and outputs do not stay, and a message of nothing but a picture goes', async () => {
  await using world = new World({ scripts: [says('1'), says('2'), says('the summary')] })
  const watched = await world.start()
  const picture = { type: 'image', imageUrl: 'data:image/png;base64,AAAA' } as const
  await world.finish((await watched.thread.run([{ type: 'text', text: 'look' }, picture])).done)
  await world.finish((await watched.thread.run([picture])).done)
  await shortened(world, watched)
  expect(brief(compactions(watched)[0]?.replacement_history ?? [])).toEqual(['user: look', 'summary: the summary'])
})

test('a history that does not fit into the window with the prompt is shortened before it is sent, in one request', async () => {
  await using world = new World({
    scripts: [says('1'), says('2'), saysAt(9_200, '3'), says('the summary'), says('end')],
    defaults: SMALL_WINDOW,
  })
  const watched = await world.start()
  await say(world, watched, long(3_000, 'a'), long(2_000, 'b'), long(1_500, 'c'))
  const items = [...Array(6)].map((_item, at) => words(long(2_000, String(at))))
  await watched.thread.submit({ type: 'injectItems', items }).admitted
  await say(world, watched, 'go on')
  const summary = world.model.requests[3]
  expect(lengths(summary?.input ?? []).reduce((sum, length) => sum + length, 0)).toBeLessThan(9_500 * 4)
  expect(JSON.stringify(summary?.input)).toContain('5555')
  expect(JSON.stringify(summary?.input)).not.toContain('aaaa')
  expect(world.model.requests).toHaveLength(5)
})

test('a provider that finds the copy too long after all gets half of it', async () => {
  const texts = [...'abcdefgh'].map((letter) => long(250, letter))
  await using world = new World({ scripts: [...texts.map(() => says('ok')), TOO_LONG, TOO_LONG, says('the summary')] })
  const watched = await world.start()
  await say(world, watched, ...texts)
  await shortened(world, watched)
  const sizes = world.model.requests.slice(8).map(({ input }) => tokensOf(input.slice(0, -1)))
  expect(sizes).toHaveLength(3)
  expect(sizes[1]).toBeLessThanOrEqual((sizes[0] ?? 0) / 2)
  expect(sizes[2]).toBeLessThanOrEqual((sizes[1] ?? 0) / 2)
  expect(brief(compactions(watched)[0]?.replacement_history ?? []).at(-1)).toBe('summary: the summary')
})

test('what a provider found too long is half as long afterwards, whatever is known of its window', async () => {
  await using world = new World({ scripts: [says('1'), says('2'), TOO_LONG, says('the summary'), says('end')] })
  const watched = await world.start()
  await say(world, watched, long(6_000, 'a'), long(6_000, 'b'), 'go on')
  expect(tokensOf(compactions(watched)[0]?.replacement_history ?? [])).toBeLessThan(7_000)
  expect(watched.of('turn.completed').at(-1)?.turn.status).toBe('completed')
})

test('a summary that would fill the window is cut, with less of what the user said', async () => {
  const scripts = [says('1'), saysAt(9_100, '2'), says(long(9_000, 's')), says('end')]
  await using world = new World({ scripts, defaults: SMALL_WINDOW })
  const watched = await world.start()
  await say(world, watched, long(2_000, 'a'), long(2_000, 'b'), 'go on')
  const { tokens: held } = watched.of('compaction.completed')[0] ?? {}
  expect(held).toBeLessThan(9_000)
  expect(JSON.stringify(compactions(watched)[0]?.replacement_history)).toContain('ssss')
  expect(watched.of('turn.completed').at(-1)?.turn.status).toBe('completed')
})

test('when the model has nothing to say, what the user said last stays, with a note that the rest is gone', async () => {
  await using world = new World({ scripts: [says('1'), says('sum 1'), says('2'), [completed(tokens(5))]] })
  const watched = await world.start()
  await say(world, watched, 'first')
  await shortened(world, watched)
  await say(world, watched, 'second')
  await shortened(world, watched)
  // The earlier summary still says most of what came before it.
  const kept = compactions(watched)[1]?.replacement_history ?? []
  expect(brief(kept)).toEqual(['user: first', 'user: second', `summary: sum 1\n\n${CUT_NOTE}`])
})

test('an extension can make the new history, and no model is asked for it', async () => {
  const own = compactor(({ items, targetTokens, estimate }) => {
    expect(estimate(items)).toBeLessThan(targetTokens)
    return [...items.slice(0, 1), words('all of it, in short')]
  })
  await using world = new World({ scripts: [says('one'), says('two')], extensions: [own] })
  const watched = await world.start()
  await say(world, watched, 'first')
  await shortened(world, watched)
  await say(world, watched, 'second')
  expect(sent(world.model.requests)).toEqual([['user: first'], ['user: first', 'user: all of it, in short', 'user: second']])
  expect(compactions(watched)).toMatchObject([{ message: '' }])
})

test.each<[string, Compactor['compact'], RegExp | null]>([
  ['gives nothing', () => null, null],
  [
    'throws',
    () => {
      throw new Error('no idea')
    },
    /own.*no idea/,
  ],
  ['gives garbage', () => 'garbage' as never, /own/],
  ['gives items that are none', () => [{ type: 'poem' }] as never, /own/],
  [
    'gives a call without its output',
    () => [{ type: 'function_call', call_id: 'x', name: 'work', arguments: '{}' }],
    /own.*call x has no output/,
  ],
  ['gives too much', ({ targetTokens }) => [words(long(targetTokens + 1))], /own.*are the target/],
  ['leaves a pinned item out', ({ items, pinned }) => items.filter((item) => !pinned.includes(item)), /own.*pinned item/],
  [
    'gives what cannot be written',
    () => {
      const odd: { self?: unknown } & ResponseItem = words('x')
      odd.self = odd
      return [odd]
    },
    /own/,
  ],
])('an extension that %s leaves it to the model, and is named', async (_name, make, warning) => {
  await using world = new World({ scripts: [says('one'), says('the summary')], extensions: [compactor(make)] })
  const watched = await world.start()
  await watched.thread.submit({ type: 'injectItems', items: [words('pinned')], pinned: true }).admitted
  await say(world, watched, 'first')
  await shortened(world, watched)
  expect(brief(compactions(watched)[0]?.replacement_history ?? [])).toEqual(['user: pinned', 'user: first', 'summary: the summary'])
  const told = watched.of('warning').flatMap(({ code, message: text, source }) => (code === 'long_thread' ? [] : [`${source}: ${text}`]))
  expect(told.filter((line) => warning?.test(line) !== true)).toEqual([])
  expect(told).toHaveLength(warning === null ? 0 : 1)
})

test('what an extension gave does not change when it does', async () => {
  const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'as given' }] }
  await using world = new World({ scripts: [says('one'), says('two')], extensions: [compactor(() => [item as ResponseItem])] })
  const watched = await world.start()
  await say(world, watched, 'first')
  await shortened(world, watched)
  ;(item.content[0] as { text: string }).text = 'changed'
  await say(world, watched, 'second')
  expect(sent(world.model.requests).at(-1)).toEqual(['user: as given', 'user: second'])
})

test('pinned items stay word for word and in their place through every compaction, a call with its output', async () => {
  const items = [
    words('a rule'),
    { type: 'function_call', call_id: 'p', name: 'work', arguments: '{}' },
    { type: 'function_call_output', call_id: 'p', output: 'found' },
  ] as const
  await using world = new World({ scripts: [says('one'), says('sum 1'), says('two'), says('sum 2')] })
  const watched = await world.start()
  await say(world, watched, 'first')
  await watched.thread.submit({ type: 'injectItems', items, pinned: true }).admitted
  await shortened(world, watched)
  await say(world, watched, 'second')
  await shortened(world, watched)
  const [first, second] = compactions(watched).map(({ replacement_history }) => replacement_history ?? [])
  const pins = ['user: a rule', 'call p', 'output p: found']
  expect(brief(first ?? [])).toEqual(['user: first', ...pins, 'summary: sum 1'])
  expect(brief(second ?? [])).toEqual(['user: first', ...pins, 'user: second', 'summary: sum 2'])
  expect(second?.slice(1, 4)).toEqual(first?.slice(1, 4))
})

test('pinned items that do not fit are a typed error that says so, and the thread can be used', async () => {
  await using world = new World({ scripts: [saysAt(9_100, 'one')] })
  world.model.info = { ...world.model.info, contextWindow: 10_000 }
  const watched = await world.start()
  await watched.thread.submit({ type: 'injectItems', items: [words(long(9_300))], pinned: true }).admitted
  await say(world, watched, 'first')
  const failed = await world.finish((await watched.thread.run('second')).done)
  expect(failed).toMatchObject({
    status: 'failed',
    error: { code: 'compaction_failed', message: expect.stringMatching(/pinned items alone/) },
  })
  expect(failed.unused).toEqual([{ type: 'text', text: 'second' }])
  expect(compactions(watched)).toEqual([])
  // With a model that takes more it goes on.
  world.model.info = { ...world.model.info, contextWindow: 100_000 }
  expect(world.model.requests).toHaveLength(1)
  expect(await world.finish((await watched.thread.run('third')).done)).toMatchObject({ status: 'completed' })
})

test('a request the provider finds too long is shortened and tried again, without summing up what nobody has seen (I19)', async () => {
  await using world = new World({ scripts: [says('one'), TOO_LONG, says('the summary'), says('two')] })
  const watched = await world.start()
  await say(world, watched, 'first')
  const result = await world.finish((await watched.thread.run('second')).done)
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'two' })
  expect(sent(world.model.requests)).toEqual([
    ['user: first'],
    ['user: first', 'assistant: one', 'user: second'],
    ['user: first', 'assistant: one', 'user: (prompt)'],
    ['user: first', 'summary: the summary', 'user: second'],
  ])
})

test('all that no model has seen stays behind the surroundings, in order, however often it is shortened', async () => {
  await using world = new World({ scripts: [says('one'), TOO_LONG, says('sum 1'), TOO_LONG, says('sum 2'), says('two')] })
  const watched = await world.start()
  await say(world, watched, 'first')
  const connecting = gate()
  world.model.connecting = connecting
  const handle = await watched.thread.run('second')
  await handle.steer([{ type: 'text', text: 'third' }])
  await watched.thread.submit({ type: 'injectItems', items: [words('fourth')] }).admitted
  await handle.steer([{ type: 'text', text: 'fifth' }])
  connecting.resolve()
  expect(await world.finish(handle.done)).toMatchObject({ status: 'completed' })
  const unseen = ['user: second', 'user: third', 'user: fourth', 'user: fifth']
  expect(sent(world.model.requests).slice(2)).toEqual([
    ['user: first', 'assistant: one', 'user: (prompt)'],
    ['user: first', 'summary: sum 1', ...unseen],
    ['user: first', 'summary: sum 1', 'user: (prompt)'],
    ['user: first', 'summary: sum 2', ...unseen],
  ])
  const roles = world.model.requests.at(-1)?.input.map((item) => (item.type === 'message' ? item.role : item.type))
  expect(roles?.indexOf('developer')).toBe(2)
})

test('a provider that finds every request too long ends the turn with its own error, after two summaries and one cut (I19)', async () => {
  await using world = new World({ scripts: [says('one')] })
  const watched = await world.start()
  await say(world, watched, 'first')
  let summaries = 0
  world.model.otherwise = () => {
    const asked = world.model.requests.at(-1)
    if (asked?.instructions === 'base') return TOO_LONG
    summaries += 1
    return says(`sum ${summaries}`)
  }
  const result = await world.finish((await watched.thread.run('second')).done)
  expect(result).toMatchObject({ status: 'failed', error: { code: 'context_window_exceeded' } })
  expect([summaries, compactions(watched).length]).toEqual([2, 3])
  world.model.otherwise = () => says('fine')
  expect(await world.finish((await watched.thread.run('third')).done)).toMatchObject({ status: 'completed' })
  expect(sent(world.model.requests).at(-1)?.slice(-2)).toEqual(['user: second', 'user: third'])
})

test('a first request that is too long has nothing to shorten and fails at once', async () => {
  await using world = new World({ scripts: [TOO_LONG] })
  const watched = await world.start()
  const result = await world.finish((await watched.thread.run('first')).done)
  expect(result).toMatchObject({ status: 'failed', error: { code: 'context_window_exceeded' } })
  expect(world.model.requests).toHaveLength(1)
})

test('when shortening does not bring usage under the threshold, the turn goes on without more of it', async () => {
  const step: Script = [done(0, message('working')), completed(tokens(9_100), false)]
  const scripts = [saysAt(9_100, 'one'), says('sum 1'), step, says('sum 2'), step, step, saysAt(9_100, 'end')]
  await using world = new World({ scripts, defaults: SMALL_WINDOW })
  const watched = await world.start()
  await say(world, watched, 'first')
  const result = await world.finish((await watched.thread.run('second')).done)
  expect(result).toMatchObject({ status: 'completed', lastMessage: 'end' })
  expect(watched.of('compaction.completed')).toHaveLength(2)
})
