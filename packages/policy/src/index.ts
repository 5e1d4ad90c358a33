export { makeGrant } from './grant.ts'
export { createPolicy, type Policy, type PolicyOptions, type RuleBook } from './policy.ts'
export { parseRules, unreadableRules } from './rules/parse.ts'
export type {
  HostExecutable,
  LostRules,
  NetworkProtocol,
  NetworkRule,
  PrefixRule,
  RuleDecision,
  RuleFile,
  RuleProblem,
} from './rules/rule.ts'
