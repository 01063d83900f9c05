import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Of each set the entries, `{ text, stream? }` in their order, and every `step`-th of the questions,
 * `{ text, answer: <index of the entry> }`.
 */
export function readSets(folder, step = 1) {
  const root = resolve(import.meta.dirname, '../..', folder);
  const wanted = [
    ['DRCD', resolve(root, 'drcd/DRCD_dev.json'), readDrcd],
    ['KLUE-STS', resolve(root, 'klue-sts/klue-sts-v1.1_dev.json'), readKlue],
  ];
  const missing = wanted.filter(([, path]) => !existsSync(path)).map(([, path]) => path);
  const sets = wanted
    .filter(([, path]) => existsSync(path))
    .map(([name, path, read]) => {
      const { entries, questions } = read(JSON.parse(readFileSync(path, 'utf8')));
      return { name, entries, questions: questions.filter((_, no) => no % step === 0) };
    });
  return { sets, missing };
}

const SENTENCE = /[^。！？!?]*[。！？!?]+[」』”）]*|[^。！？!?]+$/gu;

/** Every sentence of every paragraph is an entry; the answer is the sentence in which a question's first answer starts. */
function readDrcd({ data }) {
  const entries = [];
  const questions = [];
  for (const { paragraphs } of data) {
    for (const { id, context, qas } of paragraphs) {
      const first = entries.length;
      const sentences = [...context.matchAll(SENTENCE)].filter(([text]) => text.trim() !== '');
      for (const [text] of sentences) entries.push({ text: text.trim(), stream: id });
      for (const { question, answers } of qas) {
        const start = answers[0].answer_start;
        const place = sentences.findLastIndex(({ index }) => index <= start);
        questions.push({ text: question, answer: first + place });
      }
    }
  }
  return { entries, questions };
}

/** A pair that means the same (`real-label` of 3 or more) is a question and its answer; all second sentences are entries. */
function readKlue(pairs) {
  const entries = pairs.map(({ sentence2 }) => ({ text: sentence2 }));
  const questions = pairs
    .map(({ sentence1, labels }, answer) => ({ text: sentence1, answer, alike: labels['real-label'] >= 3 }))
    .filter(({ alike }) => alike);
  return { entries, questions };
}
