import { shortened } from './request-outline.ts'
import type { ScriptedPart, ScriptedStep, StepFunction } from './responses.ts'

/** A step in a few words, for messages. */
export function outlineStep(step: ScriptedStep | StepFunction): string {
  if (typeof step === 'function') return 'a function'
  switch (step.kind) {
    case 'response':
      return step.parts.length === 0 ? 'nothing' : step.parts.map(outlinePart).join(', ')
    case 'failure':
      return `fails with ${step.failure.code}`
    case 'cut':
      return `${outlineStep(step.response)}, cut with ${step.failure.code}`
    case 'hang':
      return `${outlineStep(step.response)}, then silence`
    case 'raw':
      return `${step.events.length} events`
  }
}

function outlinePart(part: ScriptedPart): string {
  switch (part.kind) {
    case 'message':
      return `says ${JSON.stringify(shortened(part.text, 60))}`
    case 'reasoning':
      return 'reasons'
    case 'call':
      return `calls ${part.name}`
    case 'patch':
      return 'patches'
  }
}
