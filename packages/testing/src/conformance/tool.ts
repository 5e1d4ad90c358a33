import type { ToolHandler } from '@octavo/extension-api'
import { describe, expect, test } from 'vitest'
import { TOOL_RULES, toolNameOf } from '../check-tool.ts'
import type { ToolCheck } from '../check-tool.ts'

export interface ToolConformanceOptions extends ToolCheck {
  readonly tool: ToolHandler
  /** Headline of the suite; default the tool's name. */
  readonly name?: string
}

/** Declares the tests that every tool has to pass, in a vitest file: those of `checkTool`, one by one. */
export function toolConformance(options: ToolConformanceOptions): void {
  const { tool, name = toolNameOf(tool), ...check } = options
  describe(`${name} as a tool`, () => {
    test.each(TOOL_RULES.map((rule) => [rule.claim, rule] as const))('it %s', async (_claim, rule) => {
      expect(await rule.problems(tool, check)).toEqual([])
    })
  })
}
