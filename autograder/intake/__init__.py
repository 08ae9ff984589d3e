"""From the files of a student to what is scored. Nothing of a student's is executed, unpacked or followed here."""
