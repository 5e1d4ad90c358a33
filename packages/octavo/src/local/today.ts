/** Date and time zone of this machine, as its user would say them. */
export function localToday(now: number): { readonly date: string; readonly timezone: string } {
  const moment = new Date(now)
  return {
    date: [moment.getFullYear(), moment.getMonth() + 1, moment.getDate()].map((part) => String(part).padStart(2, '0')).join('-'),
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}
