import { checkPolicyHere, readLocalConfig, type PolicyCheck } from 'octavo/local'
import { type PolicyArguments, readPolicyArguments } from '../arguments/policy.ts'
import { requireDirectory } from '../exec/checks.ts'
import type { Command } from '../main.ts'
import { describeCheck, reportCheck } from '../render/policy-check.ts'
import { createStyle, wantsColor } from '../render/style.ts'

/** By what was decided, so that a script can go by it. */
const EXIT_CODES: Readonly<Record<PolicyCheck['verdict']['kind'], number>> = { allow: 0, ask: 3, forbid: 4 }

/** Tells what the policy here would say of a command, and why. Nothing of the command is started. */
export const policy: Command = async (argv) => {
  const given = readPolicyArguments(argv)
  if (given.help) {
    process.stdout.write((await import('./help.ts')).helpFor('policy') ?? '')
    return 0
  }
  const config = await readLocalConfig(configOptions(given))
  const signal = new AbortController().signal // the probe has its own time limit, and a signal ends the process
  const check = await checkPolicyHere({
    config,
    environment: process.env,
    command: given.command,
    signal,
    ...(given.justification === null ? {} : { justification: given.justification }),
  })
  const style = createStyle(wantsColor('auto', process.stdout.isTTY, process.env))
  process.stdout.write(
    given.json ? `${JSON.stringify(reportCheck(check, config, given.command))}\n` : describeCheck(check, config, given.command, style),
  )
  return EXIT_CODES[check.verdict.kind]
}

function configOptions(given: PolicyArguments): Parameters<typeof readLocalConfig>[0] {
  return {
    cwd: requireDirectory(given.cwd ?? '.'),
    environment: process.env,
    overrides: given.overrides,
    ...(given.profile === null ? {} : { profile: given.profile }),
    flags: {
      ...(given.sandbox === null ? {} : { sandboxMode: given.sandbox }),
      ...(given.approvalPolicy === null ? {} : { approvalPolicy: given.approvalPolicy }),
    },
  }
}
