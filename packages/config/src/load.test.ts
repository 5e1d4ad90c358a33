import { AbsolutePath } from '@octavo/base'
import { expect, test } from 'vitest'
import { memoryFiles } from '../test/memory-files.ts'
import { ConfigError } from './error.ts'
import { loadConfig, type LoadOptions } from './load.ts'
import { describeOrigin } from './origin.ts'
import { requireModel, type ResolvedConfig } from './resolve.ts'

const cwd = AbsolutePath.from('/repo/app/src')
const trusted = '[projects."/repo/app"]\ntrust_level = "trusted"\n'

type Files = Parameters<typeof memoryFiles>[0]
type Given = Omit<Partial<LoadOptions>, 'files' | 'environment'> & { readonly environment?: Readonly<Record<string, string>> }

function load(contents: Files, given: Given = {}): Promise<ResolvedConfig> {
  const { environment = {}, ...options } = given
  return loadConfig({
    cwd,
    files: memoryFiles(contents),
    ...options,
    environment: new Map(Object.entries({ HOME: '/home/u', ...environment })),
  })
}

/** Every layer, lowest first: what puts `value` into it, and how its origin reads. */
const ladder: readonly {
  readonly name: string
  readonly files?: (line: string) => Files
  readonly given?: (line: string) => Given
  readonly origin: string
}[] = [
  { name: 'defaults', given: (line) => ({ defaults: { model: word(line) } }), origin: 'default' },
  { name: 'Codex system', files: (line) => ({ '/etc/codex/config.toml': line }), origin: '/etc/codex/config.toml:1:1' },
  { name: 'Octavo system', files: (line) => ({ '/etc/octavo/config.toml': line }), origin: '/etc/octavo/config.toml:1:1' },
  { name: 'Codex user', files: (line) => ({ '/home/u/.codex/config.toml': line }), origin: '/home/u/.codex/config.toml:1:1' },
  {
    name: 'Octavo user',
    files: (line) => ({ '/home/u/.octavo/config.toml': `${line}${trusted}` }),
    origin: '/home/u/.octavo/config.toml:1:1',
  },
  { name: 'Codex profile', files: (line) => ({ '/home/u/.codex/p.config.toml': line }), origin: '/home/u/.codex/p.config.toml:1:1' },
  { name: 'Octavo profile', files: (line) => ({ '/home/u/.octavo/p.config.toml': line }), origin: '/home/u/.octavo/p.config.toml:1:1' },
  { name: 'Codex project root', files: (line) => ({ '/repo/app/.codex/config.toml': line }), origin: '/repo/app/.codex/config.toml:1:1' },
  {
    name: 'Octavo project root',
    files: (line) => ({ '/repo/app/.octavo/config.toml': line }),
    origin: '/repo/app/.octavo/config.toml:1:1',
  },
  {
    name: 'Codex project folder',
    files: (line) => ({ '/repo/app/src/.codex/config.toml': line }),
    origin: '/repo/app/src/.codex/config.toml:1:1',
  },
  {
    name: 'Octavo project folder',
    files: (line) => ({ '/repo/app/src/.octavo/config.toml': line }),
    origin: '/repo/app/src/.octavo/config.toml:1:1',
  },
  { name: 'override', given: (line) => ({ overrides: [`model=${word(line)}`] }), origin: '-c' },
  { name: 'flag', given: (line) => ({ flags: { model: word(line) } }), origin: '--model' },
]

function lineOf(index: number): string {
  return `model = "m${index}"\n`
}

function word(line: string): string {
  return /"(.*)"/.exec(line)?.[1] ?? ''
}

test.each(ladder.map((each, index) => [each.name, index] as const))('the layer "%s" wins over all below it', async (_name, top) => {
  const used = ladder.slice(0, top + 1)
  const files = used.reduce<Files>((all, each, index) => ({ ...all, ...each.files?.(lineOf(index)) }), { '/repo/app/.git': null })
  const given = used.reduce<Given>((all, each, index) => ({ ...all, ...each.given?.(lineOf(index)) }), { profile: 'p' })
  const needed = top < 4 ? {} : { '/home/u/.octavo/config.toml': `${lineOf(4)}${trusted}` }
  const config = await load({ ...files, ...needed }, given)
  expect({ model: config.model, origin: describeOrigin(config.originOf('model')) }).toEqual({
    model: `m${top}`,
    origin: ladder[top]?.origin,
  })
})

test('the environment stands between files and overrides', async () => {
  const files = { '/home/u/.octavo/config.toml': 'openai_base_url = "https://file/v1"' }
  const environment = { OPENAI_BASE_URL: 'https://variable/v1' }
  const url = async (given: Given): Promise<string> => (await load(files, given)).provider.baseUrl
  expect(await url({})).toBe('https://file/v1')
  expect(await url({ environment })).toBe('https://variable/v1')
  expect(await url({ environment, overrides: ['openai_base_url="https://override/v1"'] })).toBe('https://override/v1')
  expect(describeOrigin((await load(files, { environment })).originOf('openai_base_url'))).toBe('OPENAI_BASE_URL')
})

test('without any file, the defaults', async () => {
  const { originOf, homes, providers, provider, ...config } = await load({})
  expect([homes.octavoHome, providers.map(({ id }) => id), provider.id, originOf('model')]).toEqual([
    '/home/u/.octavo',
    ['openai', 'ollama', 'lmstudio'],
    'openai',
    { kind: 'default' },
  ])
  expect(config).toEqual({
    cwd: '/repo/app/src',
    model: 'gpt-5.1-codex',
    ruleFiles: [],
    effort: null,
    summary: null,
    verbosity: null,
    serviceTier: null,
    approvalPolicy: 'on-request',
    sandboxMode: 'read-only',
    sandboxPolicy: { type: 'read-only', networkAccess: false },
    developerInstructions: null,
    baseInstructions: null,
    contextWindow: null,
    compactAtTokens: null,
    compactPrompt: null,
    toolOutputTokens: null,
    projectDocMaxBytes: 32_768,
    projectDocFallbackFilenames: [],
    projectRootMarkers: ['.git'],
    projectRoot: null,
    showRawReasoning: false,
    hideReasoning: false,
    allowLoginShell: true,
    agents: { enabled: true, maxThreads: 6, maxDepth: 1 },
    reviewModel: null,
    trust: { level: 'undecided', directory: null },
    keyVariables: ['CODEX_ACCESS_TOKEN', 'CODEX_API_KEY', 'OPENAI_API_KEY'],
    warnings: [],
    files: [],
  })
})

test('words that ask for a summary go before a file with such words', async () => {
  const config = await load({
    '/home/u/.octavo/config.toml': 'compact_prompt = " In short. "\nexperimental_compact_prompt_file = "gone.md"',
  })
  expect(config.compactPrompt).toBe('In short.')
})

test('every setting of a file arrives', async () => {
  const config = await load({
    '/repo/app/.git': null,
    '/home/u/prompt.md': '\nBe brief.\n',
    '/home/u/compact.md': 'Sum it up.\n',
    '/home/u/.octavo/config.toml': `
model = "gpt-5"
model_reasoning_effort = "high"
model_reasoning_summary = "detailed"
model_verbosity = "low"
service_tier = "fast"
approval_policy = { granular = { rules = true } }
sandbox_mode = "workspace-write"
developer_instructions = "Use tabs."
model_instructions_file = "~/prompt.md"
model_context_window = 1000
model_auto_compact_token_limit = 700
experimental_compact_prompt_file = "~/compact.md"
tool_output_token_limit = 500
project_doc_max_bytes = 10
project_doc_fallback_filenames = ["CLAUDE.md"]
project_root_markers = ["go.mod", ".git"]
show_raw_agent_reasoning = true
hide_agent_reasoning = true
allow_login_shell = false
[sandbox_workspace_write]
writable_roots = ["rel", "/abs/../x", "~/y"]
network_access = true
exclude_tmpdir_env_var = true
exclude_slash_tmp = true
${trusted}`,
  })
  expect(config).toMatchObject({
    model: 'gpt-5',
    effort: 'high',
    summary: 'detailed',
    verbosity: 'low',
    serviceTier: 'priority',
    approvalPolicy: {
      granular: { sandboxApproval: false, rules: true, skillApproval: false, requestPermissions: false, mcpElicitations: false },
    },
    sandboxPolicy: {
      type: 'workspace-write',
      writableRoots: ['/home/u/.octavo/rel', '/x', '/home/u/y'],
      networkAccess: true,
      excludeTmpdirEnvVar: true,
      excludeSlashTmp: true,
    },
    developerInstructions: 'Use tabs.',
    baseInstructions: 'Be brief.',
    contextWindow: 1000,
    compactAtTokens: 700,
    compactPrompt: 'Sum it up.',
    toolOutputTokens: 500,
    projectDocMaxBytes: 10,
    projectDocFallbackFilenames: ['CLAUDE.md'],
    projectRootMarkers: ['go.mod', '.git'],
    projectRoot: '/repo/app',
    showRawReasoning: true,
    hideReasoning: true,
    allowLoginShell: false,
    trust: { level: 'trusted', directory: '/repo/app' },
    warnings: [
      {
        code: 'not_applied',
        message: expect.stringMatching(/config\.toml:\d+:1: allow_login_shell is not supported yet: commands may start as a login shell$/),
      },
    ],
    files: ['/home/u/.octavo/config.toml'],
  })
})

test('the configuration and everything in it is frozen', async () => {
  const config = await load({ '/home/u/.codex/config.toml': '[model_providers.x]\nhttp_headers = { a = "b" }\n' })
  expect(Object.isFrozen(config)).toBe(true)
  for (const part of [
    config.provider,
    config.providers,
    config.providers.at(-1)?.httpHeaders,
    config.warnings,
    config.sandboxPolicy,
    config.trust,
  ]) {
    expect(Object.isFrozen(part)).toBe(true)
  }
})

test('ignoring the user leaves out both config.toml, not the profile', async () => {
  const files = {
    '/home/u/.codex/config.toml': 'not toml',
    '/home/u/.octavo/config.toml': 'not toml',
    '/home/u/.octavo/p.config.toml': 'model = "of-profile"',
  }
  expect((await load(files, { ignoreUserConfig: true, profile: 'p' })).model).toBe('of-profile')
})

test.each<[string, Files, string]>([
  ['broken TOML', { '/home/u/.codex/config.toml': 'a = 1\nmodel = \n' }, '/home/u/.codex/config.toml:2:9: not valid TOML: invalid value'],
  [
    'a key twice',
    { '/home/u/.octavo/config.toml': 'model = "a"\nmodel = "b"\n' },
    '/home/u/.octavo/config.toml:2:1: not valid TOML: trying to redefine an already defined table or value',
  ],
  [
    'a wrong type',
    { '/home/u/.octavo/config.toml': '# first\n\n  model = 3\n' },
    '/home/u/.octavo/config.toml:3:3: model: expected a string, found an integer',
  ],
  [
    'a wrong type in a table',
    { '/home/u/.octavo/config.toml': '[model_providers.x]\nname = "X"\nstream_max_retries = "5"\n' },
    '/home/u/.octavo/config.toml:3:1: model_providers.x.stream_max_retries: expected an integer of at least 0, found a string',
  ],
  [
    'an unknown value',
    { '/home/u/.codex/config.toml': 'sandbox_mode = "workspace_write"' },
    '/home/u/.codex/config.toml:1:1: sandbox_mode: expected one of "read-only", "workspace-write", "danger-full-access", found "workspace_write"; did you mean "workspace-write"?',
  ],
  [
    'a profile inside of a file',
    { '/home/u/.codex/config.toml': '\nprofile = "fast"' },
    '/home/u/.codex/config.toml:2:1: profile is not a setting; put its settings into fast.config.toml beside config.toml and choose it with --profile fast',
  ],
  [
    'an unknown provider',
    { '/home/u/.codex/config.toml': 'model_provider = "nope"\n[model_providers.mine]\n' },
    '/home/u/.codex/config.toml:1:1: model provider "nope" not found; known: openai, ollama, lmstudio, mine; define it under [model_providers.nope]',
  ],
  [
    'a missing instructions file',
    { '/home/u/.octavo/config.toml': 'model_instructions_file = "gone.md"' },
    '/home/u/.octavo/config.toml:1:1: model_instructions_file: /home/u/.octavo/gone.md is missing or empty',
  ],
  [
    'a missing file with the words that ask for a summary',
    { '/home/u/.octavo/config.toml': 'experimental_compact_prompt_file = "gone.md"' },
    '/home/u/.octavo/config.toml:1:1: experimental_compact_prompt_file: /home/u/.octavo/gone.md is missing or empty',
  ],
  ['a directory in place of a file', { '/home/u/.octavo/config.toml': null }, 'cannot read /home/u/.octavo/config.toml: it is not a file'],
  [
    'a mistake in a trusted project',
    { '/home/u/.octavo/config.toml': trusted, '/repo/app/.git': null, '/repo/app/.octavo/config.toml': 'model = true' },
    '/repo/app/.octavo/config.toml:1:1: model: expected a string, found true',
  ],
])('%s stops with its place', async (_what, files, message) => {
  await expect(load(files)).rejects.toThrow(message)
})

test.each<[string, Given, string]>([
  ['an override of the wrong type', { overrides: ['model=3'] }, '-c: model: expected a string, found an integer'],
  ['an override without a value', { overrides: ['model'] }, 'override "model" has no "="; write -c key=value'],
  [
    'a provider of an override',
    { overrides: ['model_provider=opnai'] },
    '-c: model provider "opnai" not found; known: openai, ollama, lmstudio; did you mean "openai"?',
  ],
  [
    'a base URL of the environment',
    { environment: { OPENAI_BASE_URL: 'host' } },
    'OPENAI_BASE_URL: openai_base_url: expected a URL that begins with http:// or https://',
  ],
  ['a profile that leaves the home', { profile: '../x' }, 'profile "../x" is not a name; use letters, digits, ".", "-" and "_"'],
])('%s stops, named by where it was given', async (_what, given, message) => {
  await expect(load({}, given)).rejects.toThrow(message)
})

test('an error carries the place as data and the line as an excerpt', async () => {
  const error = await load({ '/home/u/.octavo/config.toml': '\nmodel = 3 # why' }).catch((each: unknown) => each)
  expect(error).toBeInstanceOf(ConfigError)
  expect(error).toMatchObject({
    code: 'wrong_type',
    data: { key: 'model', file: '/home/u/.octavo/config.toml', line: 2, column: 1 },
    excerpt: '2 | model = 3 # why\n  | ^',
  })
})

test('an unreadable file stops with what to look at', async () => {
  const files = memoryFiles({ '/home/u/.octavo/config.toml': 'x' }, ['/home/u/.octavo/config.toml'])
  const loading = loadConfig({ cwd, files, environment: new Map([['HOME', '/home/u']]) })
  await expect(loading).rejects.toThrow('cannot read /home/u/.octavo/config.toml: permission denied; check who owns it and its mode')
})

test('unknown keys are told once each, with their place, and stop nothing', async () => {
  const config = await load(
    { '/home/u/.codex/config.toml': 'modle = 1\nmodel = "m"\n[model_providers.x]\nbase_ulr = "y"\n[tui]\ntheme = 1\n' },
    { overrides: ['nonsense_key=1'] },
  )
  expect(config.model).toBe('m')
  expect(config.warnings).toEqual([
    { code: 'unknown_key', message: '/home/u/.codex/config.toml:1:1: unknown key "modle"; did you mean "model"?' },
    { code: 'unknown_key', message: '/home/u/.codex/config.toml:4:1: unknown key "model_providers.x.base_ulr"; did you mean "base_url"?' },
    { code: 'unknown_key', message: '-c: unknown key "nonsense_key"' },
  ])
})

test.each<[string, Files, Given, string]>([
  [
    'a profile without a file',
    {},
    { profile: 'p' },
    'profile "p" changes nothing: there is neither /home/u/.codex/p.config.toml nor /home/u/.octavo/p.config.toml',
  ],
  [
    'limits of an administrator',
    { '/etc/codex/requirements.toml': '' },
    {},
    '/etc/codex/requirements.toml is not applied by this version: its limits do not hold',
  ],
  [
    'an environment policy',
    { '/home/u/.codex/config.toml': '[shell_environment_policy]\ninherit = "none"' },
    {},
    '/home/u/.codex/config.toml:1:2: shell_environment_policy is not applied by this version: commands inherit the environment, without the keys of providers',
  ],
  [
    'features switched for this run, once; those of a file are left alone',
    { '/home/u/.codex/config.toml': '[features]\nc = true' },
    { overrides: ['features.a=true', 'features.b=false', 'features.a=false'] },
    '-c: not supported yet, nothing changes: features.a, features.b',
  ],
])('what somebody may rely on and does not happen is told: %s', async (_what, files, given, message) => {
  expect((await load(files, given)).warnings.map((each) => each.message)).toEqual([message])
})

test('agents have limits and a switch, and reviewers a model of their own', async () => {
  const bare = await load({}, {})
  expect([bare.agents, bare.reviewModel]).toEqual([{ enabled: true, maxThreads: 6, maxDepth: 1 }, null])
  const text =
    'review_model = "r"\n[agents]\nmax_threads = 2\nmax_depth = 0\n[agents.scout]\ndescription = "looks"\n[features]\nmulti_agent = false'
  const config = await load({ '/home/u/.codex/config.toml': text }, {})
  expect([config.agents, config.reviewModel]).toEqual([{ enabled: false, maxThreads: 2, maxDepth: 0 }, 'r'])
  const wrong = load({ '/home/u/.codex/config.toml': '[agents]\nmax_threads = 0' }, {})
  await expect(wrong).rejects.toMatchObject({
    code: 'wrong_type',
    message: expect.stringContaining('agents.max_threads must be a whole number of at least 1'),
  })
})

test.each(['https://api.openai.com/v1', 'https://eu.api.openai.com/v1'])('the OpenAI API has a default model: %s', async (url) => {
  const config = await load({}, { overrides: [`openai_base_url=${url}`] })
  expect([config.model, requireModel(config)]).toEqual(['gpt-5.1-codex', 'gpt-5.1-codex'])
})

test.each(['https://api.openai.com.example/v1', 'http://localhost:8080/v1'])(
  'a foreign base URL has no default model: %s (R24)',
  async (url) => {
    const config = await load({}, { overrides: [`openai_base_url=${url}`] })
    expect(config.model).toBeNull()
    expect(() => requireModel(config)).toThrow(`no model given for ${url}; name one with -m MODEL, or set model in config.toml`)
  },
)

test('the error of a missing model suggests the usual one of a local provider (R24)', async () => {
  const config = await load({}, { overrides: ['model_provider=ollama'] })
  expect(() => requireModel(config)).toThrow(
    'no model given for http://localhost:11434/v1; name one with -m gpt-oss:20b, or set model in config.toml',
  )
  expect(requireModel(await load({}, { overrides: ['model_provider=ollama'], flags: { model: 'q' } }))).toBe('q')
})
