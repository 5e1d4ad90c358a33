export { requireModel } from '@octavo/config'
export type { Policy, PrefixRule, RuleProblem } from '@octavo/policy'
export { createOpenAiProvider, type OpenAiProvider, type OpenAiProviderOptions } from '@octavo/openai'
export { selectSandbox } from '@octavo/sandbox'
export { createJsonlStore } from '@octavo/thread-store'
export {
  type AskGit,
  createGit,
  createLocalWorkspace,
  type GitOptions,
  type LocalWorkspaceOptions,
  repositoryFilters,
} from '@octavo/workspace/local'
export { createOctavo, type Octavo } from './create-octavo.ts'
export { type LocalConfig, type LocalConfigOptions, readLocalConfig, type Variables } from './local/config.ts'
export { type LocalOptions, localPreset } from './local/preset.ts'
export { applyPatchHere, type ApplyPatchRequest } from './local/apply-patch.ts'
export { localPolicy } from './local/policy.ts'
export { checkPolicyHere, type PolicyCheck, type PolicyCheckRequest } from './local/check-policy.ts'
