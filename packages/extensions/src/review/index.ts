export { review, type ReviewOptions } from './review.ts'
