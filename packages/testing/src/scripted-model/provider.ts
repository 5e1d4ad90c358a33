import { UsageError } from '@octavo/base'
import { outlineStep } from './outline-step.ts'
import type { ScriptedStep, StepFunction } from './responses.ts'
import { ScriptMismatch } from './script-mismatch.ts'
import { providerOf } from './script-provider.ts'
import type { ScriptedModelOptions, ScriptedModelProvider } from './script-provider.ts'

export interface StepListOptions extends ScriptedModelOptions {
  /** True, the default: a request after the last step fails, saying so. False: the last step answers every further request. */
  readonly strict?: boolean
}

/**
 * A model that answers from a script, in this process and without input or output of its own. Each step answers one request; ids are
 * `resp_1`, `msg_1`, `call_1`… in the order they are sent, so two runs of the same script are the same to the byte.
 */
export function scriptedModel(
  steps: readonly (ScriptedStep | StepFunction)[] | StepFunction,
  options: StepListOptions = {},
): ScriptedModelProvider {
  if (typeof steps === 'function') return providerOf({ stepFor: steps, remaining: () => 0, unused: () => [] }, options)
  const { strict = true } = options
  if (steps.length === 0 && !strict) throw new UsageError('no_steps', 'a script without steps has none to repeat')
  return providerOf(
    {
      stepFor(request, index) {
        const step = steps[index] ?? (strict ? undefined : steps.at(-1))
        if (step === undefined) throw new ScriptMismatch(`request ${index + 1} came, but the script has ${countOf(steps.length)}:`, request)
        return typeof step === 'function' ? step(request, index) : step
      },
      remaining: (asked) => Math.max(0, steps.length - asked),
      unused: (asked) =>
        steps.slice(asked).map((step, index) => `step ${asked + index + 1} of ${steps.length} was not asked for: ${outlineStep(step)}`),
    },
    options,
  )
}

function countOf(steps: number): string {
  return steps === 1 ? 'one step' : `${steps} steps`
}
