import { configFileShape } from '@octavo/protocol/config'
import { expect, test } from 'vitest'
import { checkTable } from './check.ts'
import type { TomlTable } from './table.ts'

const check = (table: TomlTable): ReturnType<typeof checkTable> => checkTable(table, configFileShape, (path) => `/base/${path}`)

test.each<[string, TomlTable, string]>([
  ['text', { model: 3 }, 'model: expected a string, found an integer'],
  ['flag', { hide_agent_reasoning: 'yes' }, 'hide_agent_reasoning: expected true or false, found a string'],
  ['integer', { model_context_window: 1.5 }, 'model_context_window: expected an integer of at least 1, found a float'],
  ['bounds', { model_context_window: 0 }, 'model_context_window: expected an integer of at least 1, found 0'],
  [
    'too large',
    { project_doc_max_bytes: 2n ** 60n },
    'project_doc_max_bytes: expected an integer of at least 0, found an integer out of range',
  ],
  ['path', { model_instructions_file: true }, 'model_instructions_file: expected a path as a string, found true'],
  ['list', { project_root_markers: '.git' }, 'project_root_markers: expected an array, found a string'],
  ['element', { project_root_markers: ['.git', 1] }, 'project_root_markers.1: expected a string, found an integer'],
  ['table', { sandbox_workspace_write: 1 }, 'sandbox_workspace_write: expected a table, found an integer'],
  ['map', { model_providers: [] }, 'model_providers: expected a table, found an array'],
  ['date', { model: new Date(0) }, 'model: expected a string, found a date'],
  ['inner', { model_providers: { 'my one': { base_url: 1 } } }, 'model_providers."my one".base_url: expected a string, found an integer'],
  [
    'choice of another kind',
    { sandbox_mode: 1 },
    'sandbox_mode: expected one of "read-only", "workspace-write", "danger-full-access", found an integer',
  ],
  [
    'choice',
    { sandbox_mode: 'readonly' },
    'sandbox_mode: expected one of "read-only", "workspace-write", "danger-full-access", found "readonly"; did you mean "read-only"?',
  ],
  [
    'either',
    { approval_policy: 'nevr' },
    'approval_policy: expected "untrusted", "on-request", "never" or { granular = { … } }, found "nevr"; did you mean "never"?',
  ],
  [
    'inside of either',
    { approval_policy: { granular: { rules: 1 } } },
    'approval_policy.granular.rules: expected true or false, found an integer',
  ],
  [
    'a word every object knows',
    { sandbox_mode: 'constructor' },
    'sandbox_mode: expected one of "read-only", "workspace-write", "danger-full-access", found "constructor"',
  ],
])('a wrong value is told with what is expected and what was found: %s', (_kind, table, message) => {
  expect(check(table).problems.map((each) => each.message)).toEqual([message])
})

test.each<[TomlTable, string]>([
  [{ sandbox_modes: 1 }, 'unknown key "sandbox_modes"; did you mean "sandbox_mode"?'],
  [{ modle: 1 }, 'unknown key "modle"; did you mean "model"?'],
  [{ entirely_new_thing: 1 }, 'unknown key "entirely_new_thing"'],
  [{ model_providers: { a: { base_ulr: '' } } }, 'unknown key "model_providers.a.base_ulr"; did you mean "base_url"?'],
  [{ constructor: 1 }, 'unknown key "constructor"'],
  [{ hooks: {} }, 'hooks is not applied by this version: no hook runs'],
])('a key worth a word is told and kept: %j', (table, message) => {
  const { problems, remarks, table: kept } = check(table)
  expect({ problems, messages: remarks.map((each) => each.message), kept }).toEqual({ problems: [], messages: [message], kept: table })
})

test('aliases are replaced and paths resolved, everything else stays', () => {
  const table = {
    approval_policy: 'on-failure',
    service_tier: 'fast',
    model_instructions_file: 'a.md',
    sandbox_workspace_write: { writable_roots: ['b'] },
    mcp_servers: { x: { command: 1 } },
    model: 'fast',
  }
  expect(check(table)).toEqual({
    table: {
      approval_policy: 'on-request',
      service_tier: 'priority',
      model_instructions_file: '/base/a.md',
      sandbox_workspace_write: { writable_roots: ['/base/b'] },
      mcp_servers: { x: { command: 1 } },
      model: 'fast',
    },
    problems: [],
    remarks: [],
  })
})
