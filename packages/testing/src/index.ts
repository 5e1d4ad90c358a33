export type { ManualClockOptions } from './manual-clock.ts'
export { ManualClock } from './manual-clock.ts'
export type {
  CutPoint,
  FailureOptions,
  ScriptedFailure,
  ScriptedModelOptions,
  ScriptedModelProvider,
  ScriptedPart,
  ScriptedResponse,
  ScriptedStep,
  StepFunction,
} from './scripted-model/index.ts'
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
  scriptedModel,
  withEndTurn,
  withUsage,
} from './scripted-model/index.ts'
export type { ScriptedAnswer, ScriptedApprover, ScriptedApproverOptions } from './scripted-approver.ts'
export { aborts, approves, approvesForSession, approvesWith, denies, scriptedApprover } from './scripted-approver.ts'
export { sequenceIds } from './sequence-ids.ts'
