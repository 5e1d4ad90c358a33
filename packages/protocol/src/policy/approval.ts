/** When the user is asked. `on-failure` of older configurations is read as `on-request`. */
export type ApprovalPolicy = 'untrusted' | 'on-request' | 'never' | { readonly granular: GranularApproval }

/** Each class of prompt that is false is refused instead of asked. */
export interface GranularApproval {
  readonly sandboxApproval: boolean
  readonly rules: boolean
  readonly skillApproval: boolean
  readonly requestPermissions: boolean
  readonly mcpElicitations: boolean
}

export function describeApprovalPolicy(policy: ApprovalPolicy): string {
  return typeof policy === 'string' ? policy : 'granular'
}
