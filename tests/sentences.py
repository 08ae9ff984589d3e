"""What intake did with a submission, in the sentences that people read."""


def repair_lines(submission):
    return tuple(repair.sentence for repair in submission.repairs)


def problem_lines(submission):
    """dict of notebook name → why it can't be used."""
    return {name: problem.sentence for name, problem in submission.unusable.items()}
