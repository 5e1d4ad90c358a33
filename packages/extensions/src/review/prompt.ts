import type { ReviewTarget } from '@octavo/protocol'

/** What the reviewer is told to look at. `mergeBase`: where a branch left its base; null: the reviewer finds it. */
export function reviewPrompt(target: ReviewTarget, mergeBase: string | null): string {
  switch (target.type) {
    case 'uncommittedChanges':
      return 'Review everything in this repository that is not committed: staged, unstaged, and files git does not know yet (git status, git diff HEAD). Report your findings, most urgent first.'
    case 'baseBranch':
      return mergeBase === null ? fromBranch(target.branch) : fromMergeBase(target.branch, mergeBase)
    case 'commit': {
      const title = target.title === null ? '' : ` ("${target.title}")`
      return `Review what commit ${target.sha}${title} changed; git show ${target.sha} has it. Report your findings, most urgent first.`
    }
    case 'custom':
      return target.instructions.trim()
  }
}

/** In a few words, for people. */
export function reviewHint(target: ReviewTarget): string {
  switch (target.type) {
    case 'uncommittedChanges':
      return 'current changes'
    case 'baseBranch':
      return `changes against '${target.branch}'`
    case 'commit':
      return `commit ${target.sha.slice(0, 7)}${target.title === null ? '' : `: ${target.title}`}`
    case 'custom':
      return target.instructions.trim()
  }
}

function fromMergeBase(branch: string, sha: string): string {
  return `Review what this branch changes against '${branch}'. It left that branch at commit ${sha}: git diff ${sha} shows what would be merged. Report your findings, most urgent first.`
}

function fromBranch(branch: string): string {
  return [
    `Review what this branch changes against '${branch}'. First find where it left that branch: git merge-base HEAD "$(git rev-parse --abbrev-ref '${branch}@{upstream}')",`,
    `or git merge-base HEAD '${branch}' where there is no upstream. Then git diff from that commit shows what would be merged. Report your findings, most urgent first.`,
  ].join(' ')
}
