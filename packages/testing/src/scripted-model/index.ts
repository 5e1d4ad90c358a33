export type {
  CutPoint,
  FailureOptions,
  Pace,
  RawEnd,
  ScriptedFailure,
  ScriptedPart,
  ScriptedResponse,
  ScriptedStep,
  StepFunction,
} from './responses.ts'
export {
  calls,
  callsAll,
  callsFreeform,
  cutsAfter,
  fails,
  hangs,
  paced,
  patches,
  raw,
  reasons,
  responds,
  says,
  stalls,
  withEndTurn,
  withUsage,
} from './responses.ts'
export type { RequestMatcher, TextMatch } from './request-match.ts'
export type { Rule } from './rules.ts'
export { rulesModel } from './rules.ts'
export { ScriptMismatch } from './script-mismatch.ts'
export type { ScriptedModelOptions, ScriptedModelProvider } from './script-provider.ts'
export type { StepListOptions } from './provider.ts'
export { scriptedModel } from './provider.ts'
