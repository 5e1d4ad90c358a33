export type { FailureOptions, CutPoint, ScriptedFailure, ScriptedPart, ScriptedResponse, ScriptedStep } from './responses.ts'
export {
  calls,
  callsAll,
  callsFreeform,
  cutsAfter,
  fails,
  hangs,
  patches,
  raw,
  reasons,
  responds,
  says,
  withEndTurn,
  withUsage,
} from './responses.ts'
export type { ScriptedModelOptions, ScriptedModelProvider, StepFunction } from './provider.ts'
export { scriptedModel } from './provider.ts'
