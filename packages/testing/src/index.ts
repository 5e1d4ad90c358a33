export type {
  Cassette,
  CassetteRecorder,
  Exchange,
  ExchangeEnd,
  NormalFormOptions,
  PlayOptions,
  RecordedEvent,
  RecordedFailure,
  RecordOptions,
  RedactOptions,
} from './cassette/index.ts'
export { cassetteModel, formatCassette, normalForm, readCassette, recordCassette } from './cassette/index.ts'
export type { ToolCheck } from './check-tool.ts'
export { checkTool } from './check-tool.ts'
export type { Errno, Fault, FaultEffect, FaultOptions, Faulty, FaultyPorts, PlannedAbort, StreamPoint } from './faults/index.ts'
export { abortAtEachCall, errnoError, fault, withFaults, withPortFaults } from './faults/index.ts'
export type { TestEngine, TestEngineOptions } from './harness/engine.ts'
export { createTestEngine } from './harness/engine.ts'
export type { TestThread } from './harness/thread.ts'
export type { ManualClockOptions } from './manual-clock.ts'
export { ManualClock } from './manual-clock.ts'
export type { DivergenceReport, ReplayedCall, ReplayOptions } from './replay/index.ts'
export { formatDivergenceReport, replayThread } from './replay/index.ts'
export type { Action, Cue, CueOptions, Moment } from './scenario/actions.ts'
export { at, interrupt, steer, submit } from './scenario/actions.ts'
export { brokenInvariants } from './scenario/invariants.ts'
export { outlineHistory, outlineItems, outputsByCall } from './scenario/outline.ts'
export type { ScenarioResult, ScenarioSetup } from './scenario/run.ts'
export { runScenario } from './scenario/run.ts'
export type {
  CutPoint,
  FailureOptions,
  Pace,
  RawEnd,
  RequestMatcher,
  Rule,
  ScriptedFailure,
  ScriptedModelOptions,
  ScriptedModelProvider,
  ScriptedPart,
  ScriptedResponse,
  ScriptedStep,
  StepFunction,
  StepListOptions,
  TextMatch,
} from './scripted-model/index.ts'
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
  rulesModel,
  says,
  ScriptMismatch,
  scriptedModel,
  stalls,
  withEndTurn,
  withUsage,
} from './scripted-model/index.ts'
export type { ScriptedAnswer, ScriptedApprover, ScriptedApproverOptions } from './scripted-approver.ts'
export { aborts, approves, approvesForSession, approvesWith, denies, scriptedApprover } from './scripted-approver.ts'
export { sequenceIds } from './sequence-ids.ts'
export type { UnsyncedBytes } from './torn-files.ts'
export { processLocks, TornFiles } from './torn-files.ts'
export type { MadeCall, MaskOptions, Transcript, TranscriptOptions } from './transcript/index.ts'
export { callsOf, formatTranscript, maskTranscript, outlineTranscript } from './transcript/index.ts'
export type { CommandTable } from './workspace/processes.ts'
export type { ScriptedRun } from './workspace/scripted-process.ts'
export type { TestWorkspace, TestWorkspaceOptions } from './workspace/test-workspace.ts'
export { createTestWorkspace } from './workspace/test-workspace.ts'
