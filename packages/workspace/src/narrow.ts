import { isInside } from '@octavo/base'
import { isKept, type SandboxGrant, type WritableRoot } from '@octavo/extension-api'

/** What both grants allow. */
export function narrowGrant(left: SandboxGrant, right: SandboxGrant): SandboxGrant {
  const within = narrowWrite(left.within ?? 'all', right.within ?? 'all')
  return {
    enforcement: left.enforcement === 'none' && right.enforcement === 'none' ? 'none' : 'platform',
    write: narrowWrite(left.write, right.write),
    ...(within === 'all' ? {} : { within }),
    deny: [...new Set([...left.deny, ...right.deny])],
    network: left.network === 'enabled' && right.network === 'enabled' ? 'enabled' : 'restricted',
    escalated: left.escalated && right.escalated,
  }
}

function narrowWrite(left: SandboxGrant['write'], right: SandboxGrant['write']): SandboxGrant['write'] {
  if (left === 'all') return right
  if (right === 'all') return left
  return left.flatMap((a) => right.flatMap((b) => overlap(a, b)))
}

/** Of two roots one holds the other, or they have nothing in common. */
function overlap(left: WritableRoot, right: WritableRoot): readonly WritableRoot[] {
  const inner = isInside(left.root, right.root) ? right.root : left.root
  if (!isInside(left.root, inner) || !isInside(right.root, inner)) return []
  const readOnly = [...new Set([...left.readOnly, ...right.readOnly])]
  if (isKept(left, inner, [left, right]) || isKept(right, inner, [left, right])) return []
  const protectedNames = [...new Set([...(left.protectedNames ?? []), ...(right.protectedNames ?? [])])]
  return [
    {
      root: inner,
      readOnly: readOnly.filter((kept) => isInside(inner, kept)),
      ...(protectedNames.length === 0 ? {} : { protectedNames }),
    },
  ]
}
