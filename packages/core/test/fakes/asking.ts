import type { AskResult } from '@octavo/extension-api'
import type {
  AnyRequestValue,
  AnswerOp,
  ApprovalDecision,
  DynamicTool,
  PendingRequest,
  RequestKind,
  RequestPayload,
} from '@octavo/protocol'
import { FakeTool } from './tools.ts'

const itemId = 'asked' as never

const PAYLOADS: readonly RequestPayload<RequestKind>[] = [
  { kind: 'userInput', questions: [] },
  { kind: 'permissions', itemId, reason: null, permissions: { network: true, read: [], write: [] } },
  { kind: 'toolApproval', itemId, namespace: null, tool: 'asks', arguments: {}, reason: null },
  { kind: 'dynamicTool', itemId, namespace: null, tool: 'asks', arguments: {} },
]

/** A tool whose calls ask for something, of a kind and with a deadline as chance has it; its output says what came of it. */
export function askingTool(chance: { below(count: number): number; is(probability: number): boolean }): FakeTool {
  return new FakeTool('asks', {
    execute: async (context) => {
      const payload = PAYLOADS[chance.below(PAYLOADS.length)] as RequestPayload<RequestKind>
      const deadlineMs = chance.is(0.5) ? null : chance.below(1_000)
      const result: AskResult<RequestKind> = await context.ask.open(payload, { deadlineMs, signal: context.signal })
      return { kind: 'done', output: { content: result.outcome, success: true } }
    },
  })
}

/** A tool of the client. */
export function clientTool(name: string, changes: Partial<DynamicTool> = {}): DynamicTool {
  const inputSchema = { type: 'object' }
  return { name, namespace: null, description: name, inputSchema, deferLoading: false, deadlineMs: null, parallel: false, ...changes }
}

/** An op that answers a request; an approval by `decision`. */
export function answerOp({ id, payload: { kind } }: PendingRequest, decision: ApprovalDecision): AnswerOp {
  const values: Readonly<Record<RequestKind, AnyRequestValue>> = {
    commandApproval: decision,
    fileChangeApproval: decision,
    toolApproval: decision,
    userInput: { answers: {} },
    permissions: { permissions: { network: true, read: [], write: [] }, scope: 'turn', strictAutoReview: false },
    dynamicTool: { content: [{ type: 'input_text', text: 'from the client' }], success: true },
  }
  // The value is the one of its kind.
  return { type: 'answer', requestId: id, kind, value: values[kind] } as AnswerOp
}
