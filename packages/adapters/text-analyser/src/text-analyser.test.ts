import { describe, expect, it } from '@jest/globals';
import { TextAnalyser } from './text-analyser.js';

const analyser = new TextAnalyser();

describe('TextAnalyser', () => {
  it.each([
    ['Running cafés, ＦＵＬＬ width!', ['run', 'cafe', 'full', 'width']],
    ['GPT-4o in 2026', ['gpt', '4o', 'in', '2026']],
    ['漢語', ['汉', '汉语', '语']],
    ['汉语', ['汉', '汉语', '语']],
    ['안녕', ['안', '안녕', '녕']],
    ['カタカナ', ['カタ', 'タカ', 'カナ']],
    ['ﾃｽﾄ', ['テス', 'スト']],
    ['ok漢a', ['ok', '汉', 'a']],
    ['Привет, мир', ['привет', 'мир']],
    ['… 😀 !', []],
  ])('cuts %s', (text, wanted) => {
    expect(analyser.terms(text)).toEqual(wanted);
  });

  it('takes words that say nothing out of queries, unless there are no others', () => {
    expect(analyser.queryTerms('What is the weather?')).toEqual(['weather']);
    expect(analyser.queryTerms('who is it')).toEqual(['who', 'is', 'it']);
    expect(analyser.queryTerms('什麼是天氣')).toEqual(['天', '天气', '气']);
    expect(analyser.queryTerms('什麼')).toEqual(['什', '什么', '么']);
  });

  it('finds a word again in every spelling it folds', () => {
    expect(analyser.terms('Müller ran')).toEqual(analyser.terms('muller ran'));
    expect(analyser.terms('臺灣')).toEqual(analyser.terms('台湾'));
  });
});
