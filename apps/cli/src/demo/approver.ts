import type { ApprovalRequest, Approver } from 'octavo'
import type { Style } from '../render/style.ts'

/** Asks the person at the terminal, who may take as long as they like. */
export function terminalApprover(style: Style): Approver {
  return {
    id: 'you',
    presence: 'live',
    review: async (_request, signal) => {
      const { createInterface } = await import('node:readline/promises')
      const terminal = createInterface({ input: process.stdin, output: process.stderr })
      try {
        const answer = await terminal.question(style.yellow('Allow it? [y/N] '), { signal })
        return /^\s*y(?:es)?\s*$/i.test(answer) ? { kind: 'approved' } : { kind: 'denied', message: 'the user said no' }
      } finally {
        terminal.close()
      }
    },
  }
}

/** Where nobody can be asked: allows what the demo is known to ask for, and says so. */
export function policyApprover(allowed: (request: ApprovalRequest) => boolean, tell: (line: string) => void, style: Style): Approver {
  return {
    id: "the demo's policy",
    presence: 'live',
    review: async (request) => {
      const isAllowed = allowed(request)
      tell(style.dim(`no terminal to ask at: ${isAllowed ? 'allowed' : 'declined'} by the demo's policy`))
      return isAllowed ? { kind: 'approved' } : { kind: 'denied', message: 'not something the demo asks for' }
    },
  }
}
