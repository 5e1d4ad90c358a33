import type { ItemId } from '../ids.ts'

/** What is to be reviewed. */
export type ReviewTarget =
  | { readonly type: 'uncommittedChanges' }
  | { readonly type: 'baseBranch'; readonly branch: string }
  | { readonly type: 'commit'; readonly sha: string; readonly title: string | null }
  | { readonly type: 'custom'; readonly instructions: string }

export interface ReviewFinding {
  readonly title: string
  readonly body: string
  /** 0 to 1. */
  readonly confidenceScore: number
  /** 0 is the most urgent. */
  readonly priority: number
  readonly location: { readonly path: string; readonly startLine: number; readonly endLine: number }
}

export interface ReviewOutput {
  readonly findings: readonly ReviewFinding[]
  readonly overallCorrectness: string
  readonly overallExplanation: string
  /** 0 to 1. */
  readonly overallConfidenceScore: number
}

export interface EnteredReviewTurnItem {
  readonly type: 'enteredReview'
  readonly id: ItemId
  readonly target: ReviewTarget
  readonly hint: string
}

export interface ExitedReviewTurnItem {
  readonly type: 'exitedReview'
  readonly id: ItemId
  /** Null: the review was cut. */
  readonly review: ReviewOutput | null
}
