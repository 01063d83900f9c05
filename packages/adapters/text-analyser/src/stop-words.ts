/** Words of which a query may have any number without asking for anything. Taken out of queries only: what is indexed is whole. */
export const LATIN_STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'a about am an and any are as at be been being but by can could did do does doing for from had has have he her him his how i if in ' +
    'into is it its just me my no nor not of off on or our out over own s she so some such t than that the their them then there these ' +
    'they this those to too under up us very was we were what when where which while who whom whose why will with would you your'
  ).split(' '),
);

/** Longest first. In both scripts, because a query is looked through before it is folded. */
export const HAN_STOP_PHRASES: readonly string[] = (
  '為什麼 为什么 什麼 甚麼 什么 哪一個 哪一个 哪一 哪些 哪裡 哪里 哪個 哪个 多少 為何 为何 何時 何时 如何 怎麼 怎么 是誰 是谁 請問 请问 誰 谁 哪 ' +
  '何 幾 几 的 了 是 在 為 为 於 于 與 与 和 有 被 由 嗎 吗 呢 之'
).split(' ');
