import { OctavoError } from '@octavo/base'

/** Why input did not reach a process: `stdin_closed` for good, `stdin_full` until it reads again. */
export class StdinError extends OctavoError {
  declare readonly code: 'stdin_closed' | 'stdin_full'

  constructor(code: StdinError['code']) {
    super(code, code === 'stdin_closed' ? 'the process takes no input' : 'the process does not read its input', {
      retryable: code === 'stdin_full',
    })
  }
}
