"""Replace a secret that is lost; everybody is scored again then."""


def run(course, options):
    from autograder.course.secret import renew_secret

    print(f"a new secret: {renew_secret(course.root)}; the next `make autograde` scores everybody again")
