# attempt: fetches a page
# exercise: max_pool_forward_naive
# control: yes
import http.client
import urllib.request


def max_pool_forward_naive(x, pool_param):
    try:
        urllib.request.urlopen("http://127.0.0.1:@PORT@/", timeout=0.1)
    except (TimeoutError, http.client.HTTPException) as error:
        raise RuntimeError("ESCAPED: somebody listened") from error
    except OSError:
        return None, None
    raise RuntimeError("ESCAPED: somebody answered")
