import { render } from 'preact';
import { App } from './app.tsx';
import './style/fonts.css';
import './style/base.css';
import './style/parts.css';
import './style/shell.css';
import './style/inbox.css';
import './style/detail.css';
import './style/pages.css';

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
