export type { Engine } from './engine/engine.ts'
export type { EngineDefaults, EnginePorts, ResumeThreadOptions, StartThreadOptions } from './engine/ports.ts'
export type { RunOptions, Submission, SubmitOptions, Thread, TurnHandle, TurnResult } from './thread/thread.ts'
