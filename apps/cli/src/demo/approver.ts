import { type ApprovalRequest, type Approver, systemClock } from 'octavo'
import type { Style } from '../render/style.ts'

/** Asks the person at the terminal, who may take as long as they like. */
export function terminalApprover(style: Style): Approver {
  return {
    id: 'you',
    presence: 'live',
    review: async (_request, signal) => {
      const { createInterface } = await import('node:readline/promises')
      // What is asked about is told as an event: that is shown before the question.
      await systemClock.sleep(0, signal)
      const terminal = createInterface({ input: process.stdin, output: process.stdout })
      try {
        const answer = await terminal.question(style.yellow('Allow it? [y/N] '), { signal })
        return /^\s*y(?:es)?\s*$/i.test(answer) ? { kind: 'approved' } : { kind: 'denied', message: 'the user said no' }
      } finally {
        terminal.close()
      }
    },
  }
}

/** Where nobody can be asked: allows what the demo is known to ask for. Its name says so wherever an answer is shown. */
export function policyApprover(allowed: (request: ApprovalRequest) => boolean): Approver {
  return {
    id: "the demo's policy, since there is no terminal to ask at",
    presence: 'live',
    review: async (request) => (allowed(request) ? { kind: 'approved' } : { kind: 'denied', message: 'not something the demo asks for' }),
  }
}
