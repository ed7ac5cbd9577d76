/** @file The page begins here. */
import 'uplot/dist/uPlot.min.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { Lab } from './lab.ts';

const lab = new Lab();
const root = document.getElementById('app');
window.addEventListener('hashchange', () => void lab.follow(location.hash));
// in a task of its own: evaluating the modules was one already
setTimeout(() => {
  if (root !== null) render(<App lab={lab} />, root);
  void lab.start(location.hash);
});
