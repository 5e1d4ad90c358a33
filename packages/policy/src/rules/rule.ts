/** What a rule says of a command; of several the last in this order holds. */
export type RuleDecision = 'allow' | 'prompt' | 'forbidden'

export const SEVERITY: Readonly<Record<RuleDecision, number>> = { allow: 0, prompt: 1, forbidden: 2 }

/** A rule for all commands that begin with certain words. */
export interface PrefixRule {
  /** The words that may stand in each place, at least one each. */
  readonly pattern: readonly (readonly string[])[]
  readonly decision: RuleDecision
  readonly justification: string | null
  /** `file:line:column`. */
  readonly place: string
}

/** Where a program of this name may be; a path elsewhere is another program. */
export interface HostExecutable {
  readonly name: string
  readonly paths: readonly string[]
}

export interface NetworkRule {
  /** In normal form, without a port. */
  readonly host: string
  readonly protocol: NetworkProtocol
  readonly decision: RuleDecision
  readonly justification: string | null
  readonly place: string
}

export type NetworkProtocol = 'http' | 'https' | 'socks5_tcp' | 'socks5_udp'

/** Something wrong in a rule file. */
export interface RuleProblem {
  /** `file:line:column: what is wrong`. */
  readonly message: string
  readonly place: string
}

/** What could not be read of a file: whatever it may have spoken of is held back, since it may have been forbidden there. */
export interface LostRules {
  /** The text that no rule came out of; null when all of the file is lost, or its names cannot be told from its text. */
  readonly text: string | null
  /** The worst it may have said. */
  readonly decision: Exclude<RuleDecision, 'allow'>
  readonly place: string
}

/** One file, read. A broken one allows nothing: of its rules only those that hold something back are kept. */
export interface RuleFile {
  readonly file: string
  readonly prefixes: readonly PrefixRule[]
  readonly hosts: readonly HostExecutable[]
  readonly networks: readonly NetworkRule[]
  readonly problems: readonly RuleProblem[]
  readonly lost: LostRules | null
}
