/** @file A part of the page that is drawn by itself: only when what it shows has changed, and for the first time in a task of its own. */
import { Component, type ComponentChildren } from 'preact';

interface Props {
  /** What it shows. */
  readonly on: readonly unknown[];
  readonly draw: () => ComponentChildren;
}

/** Parts that wait to be drawn for the first time; one is in each turn of the event loop, so that no task is long. */
const waiting: (() => void)[] = [];

function enqueue(show: () => void): void {
  waiting.push(show);
  if (waiting.length > 1) return;
  const next = (): void => {
    waiting[0]?.();
    waiting.shift();
    if (waiting.length > 0) setTimeout(next);
  };
  setTimeout(next);
}

export class Part extends Component<Props, { shown: boolean }> {
  override state = { shown: false };
  private gone = false;

  override componentDidMount(): void {
    enqueue(() => {
      if (!this.gone) this.setState({ shown: true });
    });
  }

  override componentWillUnmount(): void {
    this.gone = true;
  }

  override shouldComponentUpdate({ on }: Props, { shown }: { shown: boolean }): boolean {
    return shown !== this.state.shown || on.some((value, i) => value !== this.props.on[i]);
  }

  override render({ draw }: Props, { shown }: { shown: boolean }): ComponentChildren {
    return shown ? draw() : null;
  }
}
