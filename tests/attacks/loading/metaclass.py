# attempt: acts in a metaclass, in hooks for subclasses and in descriptors, while classes are made
# exercise: layernorm_forward
# control: yes
def read():
    try:
        stream = open("@DROP@/canary")
    except OSError:
        return
    raise RuntimeError("ESCAPED: " + stream.read())


class Meta(type):
    @classmethod
    def __prepare__(cls, name, bases):
        read()
        return {}

    def __new__(cls, name, bases, body):
        read()
        return super().__new__(cls, name, bases, body)


class Named:
    def __set_name__(self, owner, name):
        read()


class Base:
    def __init_subclass__(cls):
        read()


class layernorm_forward(Base, metaclass=type("Both", (Meta, type(Base)), {})):
    named = Named()

    def __new__(cls, *args):
        return None, None
