# attempt: copies the work of another student
# exercise: spatial_groupnorm_forward
# control: yes
import os


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    for folder, _, files in os.walk("@COURSE@/submitted"):
        for name in files:
            with open(os.path.join(folder, name)) as stream:
                raise RuntimeError("ESCAPED: another student wrote " + stream.read(200))
    return None, None
