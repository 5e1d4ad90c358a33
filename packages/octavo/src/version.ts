/** Of this package; written into what threads begin with. */
export const VERSION = '0.1.0'
